"""The tables that ship: what they say of themselves is recomputed here without our code, and every strategy beats
chance on them.
"""

from __future__ import annotations

import gzip
import io
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nasreid.cli.recipe import recipe
from nasreid.configuration import build
from nasreid.data.datasets import read
from nasreid.experiments.runs import SearchRun
from nasreid.experiments.trust import trust
from nasreid.experiments.truth import SHIPPED, Truth, shipped
from nasreid.mutation import decisions
from nasreid.network.build import open_space

MICRO = SHIPPED / "micro.csv.gz"
SMALL_PLACEMENT = ("InPlacement", {"width_multiplier": 0.25, "streams": 2, "placements": ["plain", "in"]})
LABELS = ["stage1.slot1", "stage1.slot2", "stage2.slot1", "stage2.slot2", "stage3.slot1"]


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(io.StringIO(gzip.decompress(MICRO.read_bytes()).decode()))


def test_every_network_of_the_space_is_in_it_with_three_seeds(table):
    known = decisions(open_space("Micro", {}))
    assert list(known) == LABELS == list(table.columns[:5])
    assert len(table) == 3 * 4**5
    assert len(table.drop_duplicates([*LABELS, "seed"])) == len(table)
    assert table.groupby("seed").size().tolist() == [1024] * 3
    assert table.notna().all(axis=None)
    assert {f"{test}{metric}{epoch}" for test in ("", "unseen ") for metric in ("mAP", "rank-1", "mINP")
            for epoch in ("", "@1", "@2", "@3", "@4")} <= set(table)  # fmt: skip
    assert {"parameters", "multiply_adds", "latency_ms", "seconds"} <= set(table)
    assert MICRO.stat().st_size < 3 * 2**20


def test_it_says_of_itself_what_an_independent_computation_finds(table):
    found = trust("micro")
    wide = table.pivot(index=LABELS, columns="seed", values="mAP")
    scores = wide.mean(axis=1)
    grand = wide.to_numpy().mean()
    between = 3 * ((scores - grand) ** 2).sum() / (len(wide) - 1)
    within = ((wide.sub(scores, axis=0)) ** 2).to_numpy().sum() / (2 * len(wide))
    assert found["reliability"] == pytest.approx((between - within) / between)
    main = sum((scores.groupby(label).mean() - grand).pow(2).mean() for label in LABELS)  # balanced: effects add up
    assert found["explained"] == pytest.approx(main / scores.var(ddof=0))
    means = table.groupby(LABELS).mean(numeric_only=True)
    for name, column in (("tau_parameters", "parameters"), ("tau_multiply_adds", "multiply_adds"),
                         ("tau_domains", "unseen mAP")):
        tau = stats.kendalltau(means[column], means["mAP"]).statistic
        assert found[name] == pytest.approx(tau, abs=1e-4)  # a mean's rounding decides about ties


def test_a_seed_moves_no_difference_between_networks():
    """InPlacement's four seeds differ in level; an analysis of variance with two ways, made anew, leaves that out."""
    table = pd.read_csv(io.StringIO(gzip.decompress((SHIPPED / "in-placement.csv.gz").read_bytes()).decode()))
    labels = list(table.columns[:6])
    assert list(decisions(open_space(*SMALL_PLACEMENT))) == labels
    assert table.groupby("seed").size().tolist() == [64] * 4
    for metric, enough in (("mAP", True), ("unseen mAP", False)):
        wide = table.pivot(index=labels, columns="seed", values=metric)
        mean_of_rows = 4 * wide.mean(axis=1).var()
        rest = wide.sub(wide.mean(axis=1), axis=0).sub(wide.mean() - wide.to_numpy().mean())
        found = trust(table, metric)
        assert found["consistency"] == pytest.approx(1 - (rest**2).to_numpy().sum() / (63 * 3) / mean_of_rows)
        assert (found["consistency"] >= 0.8) == enough
        assert found["reliability"] < found["consistency"]


def test_it_is_worth_searching():
    found = trust("micro")
    assert found["reliability"] >= 0.95
    assert found["explained"] < 0.85
    assert abs(found["tau_parameters"]) < 0.7
    assert abs(found["tau_multiply_adds"]) < 0.7
    assert found["tau_domains"] < 0.9
    assert len(set(found["best_choices"].values())) > 1  # no corner of the space
    assert trust("micro", "unseen mAP")["reliability"] >= 0.95


@pytest.mark.parametrize("name", sorted(shipped()))
def test_it_says_how_it_was_made(name):
    about = json.loads((SHIPPED / f"{name}.json").read_text())
    assert {"commands", "commit", "hardware", "hours", "recipe"} <= about.keys()
    assert about["recipe"] == name


def test_a_look_up_costs_little_more_than_one_in_a_dict():
    truth = Truth.load("micro")
    choices = truth.architectures()[77]
    truth.score(choices)
    since = time.process_time()
    for _ in range(20_000):
        truth.score(choices, 1)
    own = time.process_time() - since
    since, known = time.process_time(), {tuple(row): i for i, row in enumerate(truth.names.tolist())}
    for _ in range(20_000):
        known[tuple(choices[label] for label in truth.labels)]
    assert own < 10 * (time.process_time() - since)  # a dict of tuples is what one cannot do without


@pytest.mark.slow
@pytest.mark.parametrize(("strategy", "options"), [
    ("TCM", {}), ("CEDarts", {}), ("Gumbel", {}), ("Gumbel", {"relaxation_args": {"alone": True}}),
    ("SinglePath", {}), ("SinglePath", {"uniform": False})])
def test_a_strategy_beats_chance(strategy, options, people_of_the_table):
    truth = Truth.load("micro")
    asked = {"strategy": strategy, "strategy_args": options, "data": str(people_of_the_table), "device": "cpu"}
    run = build(SearchRun, {**recipe("micro")["search"], **asked, "quiet": True, "draw": False}, "search")
    frame = read("market1501", people_of_the_table)
    search = run.one_shot().within(run.shown, frame[frame["split"] == "train"])
    found = truth.judge(search.search(frame).genotype.choices)
    assert found["regret"] < found["chance"] / 2


@pytest.fixture(scope="module")
def people_of_the_table(tmp_path_factory) -> Path:
    from nasreid.cli import main

    root = tmp_path_factory.mktemp("people")
    assert main(["data", "synthesize", "--config", "micro", "--root", str(root), "--quiet"]) == 0
    return root


def test_scores_of_the_seeds_differ_by_what_the_table_calls_noise(table):
    gaps = table.pivot(index=LABELS, columns="seed", values="mAP").to_numpy()
    assert trust("micro")["seed_sd"] == pytest.approx(np.sqrt(gaps.var(axis=1, ddof=1).mean()))
