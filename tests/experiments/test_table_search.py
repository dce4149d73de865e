"""Searches on planted tables, whose answers are known."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.experiments.table_search import POINTS, Player, band, curves, expected, play
from nasreid.experiments.trials import best
from nasreid.experiments.truth import Truth
from nasreid.plugins import MULTI_TRIAL

EPOCHS, IMAGES = 5, 640


def table(labels=5, names="abcd", seeds=3, noise=1.0, pairs=0.5, rng=0, unequal=False):
    """Additive scores, pairs of decisions, noise of seeds; what is seen early is smaller and noisier."""
    draw, codes = np.random.default_rng(rng), np.array(list(itertools.product(range(len(names)), repeat=labels)))
    single, both = draw.normal(0, 2, (labels, len(names))), draw.normal(0, pairs, (labels, labels, *[len(names)] * 2))
    scores = 40 + sum(single[i][codes[:, i]] for i in range(labels))
    scores = scores + sum(both[i, j][codes[:, i], codes[:, j]] for i in range(labels) for j in range(i))
    rows = []
    for seed in range(seeds):
        for code, score in zip(codes, scores, strict=True):
            own = score + noise * draw.normal()
            rows.append({**{f"b{i}": names[c] for i, c in enumerate(code)}, "seed": 10 + seed,
                         "mAP": own, **{f"mAP@{e}": e / EPOCHS * own + noise * draw.normal() for e in range(1, EPOCHS)},
                         "unseen mAP@1": 0.0, "images": IMAGES * (1 + unequal * code[0]),
                         "seconds": 1 + code.sum() / 8, "multiply_adds": 1000 + code.sum()})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def truth():
    return Truth.of(table())


@pytest.fixture(scope="module")
def noiseless():
    return Truth.of(table(noise=0.0, seeds=1))


@pytest.mark.parametrize("strategy", [name for name in MULTI_TRIAL if name != "gp"])  # which takes seconds
def test_a_row_says_what_the_search_would_return_by_then(truth, strategy):
    found = play(truth, strategy, 30, 4)
    assert list(found) == ["trial", "choices", "place", "table_seed", "seen", "images", "seconds", "truth", "rank",
                           "regret"]
    assert found["trial"].tolist() == list(range(1, 31))
    asked = [dict(zip(truth.labels, names.split(), strict=True)) for names in found["choices"]]
    assert set(found["table_seed"]) == {11}  # the second of 10, 11, 12
    assert found["seen"].tolist() == [truth.score(choices, 11) for choices in asked]
    rows = [{"trial": at, "mAP": seen} for at, seen in enumerate(found["seen"])]
    for at in range(30):
        judged = truth.judge(asked[best(rows[:at + 1])["trial"]])
        assert found.loc[at, ["truth", "rank", "regret"]].to_dict() == {
            name: judged[name] for name in ("truth", "rank", "regret")}
    assert found["images"].tolist() == [IMAGES * n for n in range(1, 31)]
    seconds = [1 + sum("abcd".index(name) for name in choices.values()) / 8 for choices in asked]
    assert found["seconds"].tolist() == pytest.approx(np.cumsum(seconds))


def test_nothing_is_written_and_the_seed_decides(truth, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    first, again, other = (play(truth, "evolution", 20, seed) for seed in (0, 0, 3))
    pd.testing.assert_frame_equal(first, again)
    assert set(first["table_seed"]) == set(other["table_seed"]) == {10}
    assert first["choices"].tolist() != other["choices"].tolist()
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr() == ("", "")


def test_what_is_tried_again_is_paid_once(truth):
    small = Truth.of(table(labels=1))
    found = play(small, "random", 12, 0, {"dedup": False})
    assert len(found) == 12
    assert found["images"].iloc[-1] == IMAGES * found["choices"].nunique() < IMAGES * 12
    assert len(play(small, "random", 12, 0)) == 4


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_random_search_agrees_with_what_is_expected_of_it(noise):
    truth = Truth.of(table(labels=3, seeds=2, noise=noise))
    found = curves(truth, ["random"], 40, range(200)).pivot(index="seed", columns="trial", values="regret").to_numpy()
    error = found.std(0, ddof=1) / math.sqrt(len(found))
    away = (found.mean(0) - expected(truth, 40)) / error
    assert np.abs(away).max() < 4  # of 40 that depend on each other
    assert np.abs(away).mean() < 2


@given(st.lists(st.integers(0, 3), min_size=1, max_size=7), st.integers(1, 8))
def test_the_expectation_is_that_of_all_orders(scores, trials):
    """Every order in which the architectures may be drawn, with equal scores among them; seen other than true."""
    seen = np.array(scores, float)
    truth = Truth(("a",), np.array([[str(i)] for i in range(len(seen))]), np.column_stack([seen, np.arange(len(seen))]))
    regret, found = truth.scores.max() - truth.scores, []
    for column in truth.by_seed.T:
        for order in itertools.islice(itertools.permutations(range(len(seen))), 5040):
            found.append(regret[max(order[:trials], key=lambda at: column[at])])
    assert expected(truth, trials)[-1] == pytest.approx(np.mean(found))


def test_the_expectation_begins_with_chance_and_ends_with_the_best_seen(truth, noiseless):
    found = expected(truth, 2000)
    assert found[0] == pytest.approx(truth.judge(truth.architectures()[0])["chance"])
    chosen = truth.by_seed.argmax(0)
    assert found[1023] == found[-1] == pytest.approx((truth.scores.max() - truth.scores[chosen]).mean())
    assert found[1023] > found.min()  # more trials find more luck
    assert (np.diff(expected(noiseless, 1024)) <= 0).all()
    assert expected(noiseless, 1024)[-1] == pytest.approx(0)


def test_what_learns_beats_random_search_on_an_additive_table(noiseless):
    found = curves(noiseless, ["evolution", "tpe"], 60, range(12))
    last = found[found["trial"] == 60].groupby("strategy")["regret"].mean()
    assert (last < expected(noiseless, 60)[-1] * 0.7).all()


@pytest.mark.parametrize("epochs", [1, 3, EPOCHS])
def test_trials_that_are_stopped_early_see_less_and_pay_less(truth, epochs):
    found = play(truth, "random", 10, 1, epochs=epochs)
    column = "mAP" if epochs == EPOCHS else f"mAP@{epochs}"
    scores = table().query("seed == 11").set_index([f"b{i}" for i in range(5)])[column]
    assert found["seen"].tolist() == [scores[tuple(names.split())] for names in found["choices"]]
    assert found["images"].tolist() == pytest.approx([IMAGES * epochs / EPOCHS * n for n in range(1, 11)])
    own = truth.score(dict(zip(truth.labels, found["choices"][found["seen"].idxmax()].split(), strict=True)))
    assert found["truth"].iloc[-1] == own  # of whole trainings


def test_all_pay_alike(truth):
    players = {"whole": Player("random"), "early": Player("random", epochs=2), "many": Player("evolution", {
        "population_size": 5, "sample_size": 2}, 1)}
    found = curves(truth, players, 10, (0, 1))
    last = found.groupby(["strategy", "seed"], sort=False).last()
    assert last.index.tolist() == [(name, seed) for name in players for seed in (0, 1)]
    assert last["trial"].tolist() == [10, 10, 25, 25, 50, 50]
    assert last["images"].tolist() == pytest.approx([10 * IMAGES] * 6)


def test_the_expectation_of_trials_that_are_stopped_early():
    truth = Truth.of(table(labels=3, seeds=2))
    found = curves(truth, {"early": Player("random", epochs=1)}, 4, range(200))
    last = found.groupby("seed").last()["regret"]
    assert last.mean() == pytest.approx(expected(truth, 20, epochs=1)[-1], abs=4 * last.std() / math.sqrt(200))


def test_a_band_holds_the_middle_half_at_every_budget(truth):
    found = curves(truth, ["random", "grid"], 12, range(9))
    over = band(found)
    assert list(over) == ["strategy", "images", "searches", "low", "median", "high", "mean"]
    assert over["strategy"].tolist() == ["random"] * 12 + ["grid"] * 12
    assert over["images"].tolist() == [IMAGES * n for n in range(1, 13)] * 2
    at = found[(found["strategy"] == "random") & (found["trial"] == 7)]["regret"]
    row = over.iloc[6]
    assert (row["low"], row["median"], row["high"]) == tuple(np.quantile(at, [0.25, 0.5, 0.75]))
    assert (row["mean"], row["searches"]) == (pytest.approx(at.mean()), 9)
    assert band(found, "trial", "rank").query("strategy == 'random'")["trial"].max() == 12


def test_where_costs_differ_the_last_trial_within_the_budget_counts():
    rows = [("s", 0, 10.0, 5.0), ("s", 0, 20.0, 3.0), ("s", 0, 50.0, 1.0), ("s", 1, 15.0, 4.0), ("s", 1, 45.0, 2.0)]
    found = pd.DataFrame(rows, columns=["strategy", "seed", "images", "regret"])
    over = band(found)
    assert over["images"].tolist() == [15, 20, 45]  # before, one search has nothing; afterwards, one has ended
    assert over["mean"].tolist() == [4.5, 3.5, 2.5]
    assert band(found, budgets=[1, 16, 44, 99])["mean"].tolist() == [4.5, 3.5]


def test_many_budgets_are_thinned():
    truth = Truth.of(table(unequal=True))
    found = curves(truth, ["random"], 60, range(9))
    over = band(found, "seconds")
    assert len(over) <= POINTS
    ends = found.groupby("seed")["seconds"].agg(["first", "last"])
    assert over["seconds"].iloc[0] >= ends["first"].max()
    assert over["seconds"].iloc[-1] <= ends["last"].min()
    assert (over["mean"].diff().dropna() <= found["regret"].max()).all()


@pytest.mark.parametrize(("strategy", "options", "words"), [
    ("annealing", {}, "strategy 'annealing': expected one of"),
    ("tpe", {"args": {"gama": 1}}, "has no argument 'gama'"),
    ("random", {"epochs": 6}, r"epochs is 6; expected one of those .*, 1, 2, 3, 4, 5"),
    ("random", {"trials": 0}, "trials is 0; expected at least 1")])
def test_what_cannot_be_played_is_refused(truth, strategy, options, words):
    with pytest.raises(NasreidError, match=words):
        play(truth, strategy, **{"trials": 5, "seed": 0, **options})


def test_a_table_that_does_not_suffice_is_refused(truth):
    rows = table(labels=2)
    with pytest.raises(NasreidError, match="15 of 16 architectures; expected all"):
        play(Truth.of(rows[(rows["b0"] != "a") | (rows["b1"] != "b")]), "random", 5, 0)
    with pytest.raises(NasreidError, match="no column images or seconds; expected what a trial costs"):
        play(Truth.of(rows.drop(columns=["images", "seconds"])), "random", 5, 0)
    with pytest.raises(NasreidError, match=r"epochs is 1; expected .*, none"):
        play(replace(truth, early={}), "random", 5, 0, epochs=1)
    with pytest.raises(NasreidError, match="1 strategies and 0 seeds"):
        curves(truth, ["random"], 5, [])
