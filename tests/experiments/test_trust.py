"""What a table says of itself."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nasreid.cli import main
from nasreid.experiments.trust import domains, told, trust


@pytest.fixture
def table():
    rng, rows = np.random.default_rng(1), []
    for seed in range(3):
        for i, j in itertools.product(range(4), range(4)):
            score = 5.0 * i + 2.0 * j + 3.0 * (i == j) + rng.normal() / 2
            rows.append({"a": f"a{i}", "b": f"b{j}", "seed": seed, "mAP": score, "far mAP": score - 4 * j,
                         "parameters": i * 100 + j, "multiply_adds": 7 - i})
    return pd.DataFrame(rows)


def test_every_figure_is_that_of_its_definition(table):
    found = trust(table)
    wide = table.pivot(index=["a", "b"], columns="seed", values="mAP")
    scores, facts = wide.mean(axis=1), table.groupby(["a", "b"]).mean(numeric_only=True)
    between, within = 3 * scores.var(ddof=1), wide.var(axis=1, ddof=1).mean()
    assert found["reliability"] == pytest.approx(1 - within / between)
    assert found["seed_sd"] == pytest.approx(within**0.5)
    additive = wide.mean(axis=1).groupby("a").transform("mean") + scores.groupby("b").transform("mean") - scores.mean()
    assert found["explained"] == pytest.approx(additive.var() / scores.var())  # balanced: main effects are orthogonal
    for name in ("parameters", "multiply_adds"):
        assert found[f"tau_{name}"] == pytest.approx(stats.kendalltau(facts[name], scores).statistic)
    assert found["tau_domains"] == pytest.approx(stats.kendalltau(facts["far mAP"], scores).statistic)
    assert (found["architectures"], found["seeds"], found["best_choices"]) == (16, 3, {"a": "a3", "b": "b3"})
    assert found["best_minus_mean"] == pytest.approx(scores.max() - scores.mean())


def test_the_other_domain_is_compared_with_the_own_one(table):
    assert domains(table) == ["", "far"]
    assert trust(table, "far mAP")["tau_domains"] == pytest.approx(trust(table)["tau_domains"])
    lines = told(table)
    assert lines[0].startswith("own test set: reliability of a mean of 3 seeds 1.00")
    assert lines[1].startswith("far: ")
    assert "with parameters" in lines[2]


def test_the_command_prints_one_object(table, tmp_path, capsys):
    table.to_csv(tmp_path / "t.csv", index=False)
    assert main(["truth", str(tmp_path / "t.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"architectures", "seeds", "reliability", "explained", "tau_parameters", "tau_multiply_adds",
            "tau_domains"} <= found.keys()
    assert main(["truth", str(tmp_path / "t.csv")]) == 0
    assert "table: 16 architectures, 3 seeds" in capsys.readouterr().out


def test_what_is_not_known_is_null(table, tmp_path, capsys):
    table.loc[table["seed"] == 0, ["a", "b", "seed", "mAP"]].to_csv(tmp_path / "t.csv", index=False)
    assert main(["truth", str(tmp_path / "t.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [found[name] for name in ("reliability", "tau_parameters", "tau_domains")] == [None] * 3
