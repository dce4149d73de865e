"""What the truth says of a search, on tables whose answers are known."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.cli import main
from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.experiments.judged import by_probability, judge_run, trusted
from nasreid.experiments.truth import Truth
from nasreid.genotype import Genotype
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search

LABELS = ["cell1.a", "cell2.b"]
NAMES = ["none", "x", "y"]


def table(path, scores, seeds=(0,), labels=LABELS):
    rows = [{**dict(zip(labels, names, strict=True)), "seed": seed, "mAP": scores[i] + seed, "rank-1": 0}
            for seed in seeds for i, names in enumerate(itertools.product(NAMES, repeat=len(labels)))]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture
def truth(tmp_path):
    return Truth.load(table(tmp_path / "t.csv", list(range(9)), seeds=(0, 2)))


def test_scores_are_means_over_seeds(truth):
    assert truth.labels == tuple(LABELS)
    none = dict.fromkeys(LABELS, "none")
    assert (truth.score(none), truth.score(none, seed=2), truth.seeds) == (1.0, 2.0, 2)
    assert len(truth.architectures()) == 9
    assert truth.candidates() == dict.fromkeys(LABELS, NAMES)
    assert truth.facts["rank-1"].tolist() == [0] * 9
    with pytest.raises(NasreidError, match="seed 1 is not in the truth; expected one of 0, 2"):
        truth.score(none, seed=1)


def test_candidates_that_look_like_numbers_stay_as_they_are_written(tmp_path):
    names = ["1", "0.5", "007", "1234567"]
    rows = [f"{name},{depth},{seed},{place}" for place, name in enumerate(names)
            for depth in ("1", "") for seed in (0, 1)]
    (tmp_path / "t.csv").write_text("\n".join(["ratio,depth,seed,mAP", *rows]))
    found = Truth.load(tmp_path / "t.csv")
    assert found.candidates() == {"ratio": names, "depth": ["1"]}
    assert found.score({"ratio": "007"}) == 2.0


@pytest.mark.parametrize(("row", "words"), [
    ("a,0.5,1,1", "a truth with the seeds .*0.5.*; expected whole numbers"), ("a,inf,1,1", "expected whole numbers"),
    ("a,1,inf,1", "column 'mAP' holds something else than scores"), ("a,1,1,x", "column 'mAP@1' holds something else"),
    ("a,1,1,inf", "column 'mAP@1' holds something else")])
def test_seeds_and_scores_that_are_none_are_refused(tmp_path, row, words):
    (tmp_path / "t.csv").write_text(f"op,seed,mAP,mAP@1\na,0,1,1\n{row}\n")
    with pytest.raises(NasreidError, match=words):
        Truth.load(tmp_path / "t.csv")


@pytest.mark.parametrize(("names", "rank", "regret"), [(("y", "y"), 1, 0.0), (("none", "none"), 9, 8.0),
                                                       (("x", "none"), 6, 5.0)])
def test_regret_and_rank_of_a_choice(truth, names, rank, regret):
    found = truth.judge(dict(zip(LABELS, names, strict=True)))
    assert (found["rank"], found["of"], found["regret"], found["chance"]) == (rank, 9, regret, 4.0)


def test_additive_scores_are_explained_and_noise_by_chance(tmp_path):
    whole = Truth.load(table(tmp_path / "t.csv", [3.0 * a + b for a in range(3) for b in range(3)]))
    assert whole.explained() == (pytest.approx(1), 0.5)
    noise = [np.random.default_rng(seed).normal(size=9) for seed in range(60)]
    shares = [Truth.load(table(tmp_path / "n.csv", scores)).explained()[0] for scores in noise]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)


def test_equals_share_the_better_rank(tmp_path):
    tied = Truth.load(table(tmp_path / "t.csv", [1, 3, 3, 0, 0, 0, 0, 0, 0]))
    assert [tied.judge({"cell1.a": "none", "cell2.b": n})["rank"] for n in NAMES] == [3, 1, 1]
    assert np.isnan(tied.reliability().icc)


@given(st.permutations(range(9)))
def test_tau_counts_pairs(order):
    truth = Truth(tuple(LABELS), np.array(list(itertools.product(NAMES, NAMES))), np.arange(9.0)[:, None])
    pairs = list(itertools.combinations(order, 2))
    assert truth.tau(order) == pytest.approx(sum(np.sign(b - a) for a, b in pairs) / len(pairs))


def test_the_product_of_probabilities_is_the_preference(truth):
    rows = {"cell1.a": {"none": 0.2, "x": 0.3, "y": 0.5}, "cell2.b": {"none": 0.1, "x": 0.1, "y": 0.8}}
    found = dict(zip(map(tuple, truth.names.tolist()), np.exp(by_probability(truth, rows)), strict=True))
    assert found["y", "none"] == pytest.approx(0.05)
    assert sum(found.values()) == pytest.approx(1)


def test_a_table_of_one_decision(tmp_path):
    one = Truth.load(table(tmp_path / "t.csv", [1, 2, 3], labels=["a"]))
    assert one.judge({"a": "x"})["rank"] == 2
    assert one.architectures() == [{"a": "none"}, {"a": "x"}, {"a": "y"}]


def test_a_run_folder_is_judged(truth, tmp_path):
    probabilities = {label: {"none": 0.1, "x": 0.2, "y": 0.7} for label in LABELS}
    Genotype("S", {}, dict.fromkeys(LABELS, "y"), {"strategy": "TCM", "probabilities": probabilities}).save(
        tmp_path / "genotype.json")
    row = judge_run(truth, tmp_path)
    assert (row["strategy"], row["rank"], row["choices"]) == ("TCM", 1, "y y")
    assert np.isnan([row["tau_shared"], row["tau_shared_0"]]).all()
    assert 0.5 < row["tau_probabilities"] < 1


@pytest.mark.parametrize("damaged", [5, {}, {"cell1.a": {}}, dict.fromkeys(LABELS, dict.fromkeys(NAMES, "x"))])
def test_damaged_probabilities_of_a_run_are_one_line(truth, tmp_path, damaged):
    Genotype("S", {}, dict.fromkeys(LABELS, "y"), {"probabilities": damaged}).save(tmp_path / "genotype.json")
    with pytest.raises(NasreidError, match=r"the probability of cell1\.a none is .*; expected a number"):
        judge_run(truth, tmp_path)


@pytest.mark.parametrize(("choices", "words"), [
    ({"cell1.a": "x"}, "the genotype decides cell1.a; expected the decisions of the table, cell1.a, cell2.b"),
    ({"cell1.a": "x", "cell2.b": "z"}, "x z is not in the table of 9 architectures")])
def test_a_foreign_genotype_is_refused(truth, choices, words):
    with pytest.raises(NasreidError, match=words):
        truth.judge(choices)


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(NasreidError, match="cannot be read"):
        Truth.load(tmp_path / "none.csv")
    (tmp_path / "t.csv").write_text("a,mAP\nx,1\n")
    with pytest.raises(NasreidError, match="has no column 'seed'"):
        Truth.load(tmp_path / "t.csv")


ENGINE = Engine(device="cpu", quiet=True, draw=False)
SPACE = {"inner": "MSI", "inner_args": {"width_multiplier": 0.125},
         "choices": {"cell[1-5].*": "none", "cell6.interaction1": "none"}}


def test_the_command_judges_a_search_and_its_shared_weights_once(people, tmp_path, capsys, monkeypatch):
    Search("Fixed", SPACE, "TCM", {}, 1, Budget(1, 4, 2, 32, 16), engine=ENGINE).run(
        read("market1501", people), tmp_path / "run")
    names = ["none", "exchange", "gate", "attention"]
    rows = pd.DataFrame({"cell6.interaction2": names, "seed": 0, "mAP": [4.0, 3.0, 2.0, 1.0]})
    rows.to_csv(tmp_path / "t.csv", index=False)
    arguments = ["truth", str(tmp_path / "t.csv"), "--runs", str(tmp_path / "run"), "--data", str(people),
                 "--unreliable", "--validation", "0.4", "--output", str(tmp_path / "judged.csv"), "--quiet"]
    assert main(arguments) == 0
    judged = pd.read_csv(tmp_path / "judged.csv").iloc[0]
    assert judged["rank"] == [*names].index(judged["choices"]) + 1
    assert np.isfinite([judged["tau_shared"], judged["tau_shared_0"], judged["tau_probabilities"]]).all()
    kept = pd.read_csv(tmp_path / "run" / "shared.csv")
    assert (kept["images"] > 0).tolist() == [True] * 4 + [False] * 4
    assert len(set(kept["mAP"])) > 4
    monkeypatch.setattr("nasreid.experiments.shared_weights.measure", None)
    assert main(arguments) == 0
    assert main([*arguments, "--architectures", "3"]) == 0  # of what is known
    assert "tau_shared" in capsys.readouterr().out


def test_what_a_run_does_not_know_is_null_in_json(tmp_path, capsys):
    table(tmp_path / "t.csv", [0.0, 9.0, 2.0], seeds=(0, 1), labels=["a"])
    Genotype("S", {}, {"a": "x"}, {"strategy": "Random"}).save(tmp_path / "run" / "genotype.json")
    assert main(["truth", str(tmp_path / "t.csv"), "--runs", str(tmp_path / "run"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["runs"]
    assert (row["regret"], row["tau_probabilities"], row["tau_shared"]) == (0.0, None, None)


def test_what_cannot_tell_architectures_apart_judges_nobody(tmp_path, capsys, monkeypatch):
    rng = np.random.default_rng(0)
    for name, spread, seeds in (("sure", 9.0, 3), ("noise", 0.1, 3), ("one", 9.0, 1)):
        rows = pd.DataFrame([{"a": letter, "seed": seed, "mAP": spread * i + rng.normal()} for seed in range(seeds)
                             for i, letter in enumerate("uvwxyz")])
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    assert trusted(str(tmp_path / "sure.csv"), "mAP").seeds == 3
    for name, words in (("noise", r"is -?0\.\d\d; expected at least 0\.8"), ("one", "is unknown, with one seed")):
        with pytest.raises(NasreidError, match=words):
            trusted(str(tmp_path / f"{name}.csv"), "mAP")
        assert trusted(str(tmp_path / f"{name}.csv"), "mAP", insist=True).labels == ("a",)
    with monkeypatch.context() as patch:
        patch.setattr(Truth, "reliability", lambda self: SimpleNamespace(consistency=0.8))  # just enough
        assert trusted(str(tmp_path / "noise.csv"), "mAP").seeds == 3
    assert main(["truth", str(tmp_path / "noise.csv"), "--runs", str(tmp_path)]) == 2
    assert "--unreliable" in capsys.readouterr().err


@pytest.mark.parametrize(("rows", "columns", "words"), [
    ([("x", 0, 1.0), ("x", 0, 2.0)], ["a", "seed", "mAP"], "has an architecture twice with one seed"),
    ([(0, 1.0)], ["seed", "mAP"], "without decisions or rows")])
def test_a_table_that_says_nothing_or_two_things_is_refused(tmp_path, rows, columns, words):
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(NasreidError, match=words):
        Truth.load(tmp_path / "t.csv")


def test_only_seeds_that_all_have_are_used(tmp_path):
    rows = [("x", 0, 1.0), ("y", 0, 2.0), ("x", 1, 9.0)]  # cut off in its second seed
    pd.DataFrame(rows, columns=["a", "seed", "mAP"]).to_csv(tmp_path / "t.csv", index=False)
    found = Truth.load(tmp_path / "t.csv")
    assert (found.seed_numbers, found.scores.tolist()) == ((0,), [1.0, 2.0])


def test_text_beside_the_numbers_of_a_table_is_left_alone(tmp_path):
    rows = [("y", 0, 2.0, "cpu", 5.0), ("x", 0, 1.0, "gpu", 7.0)]
    pd.DataFrame(rows, columns=["a", "seed", "mAP", "machine", "seconds"]).to_csv(tmp_path / "t.csv", index=False)
    found = Truth.load(tmp_path / "t.csv")
    assert found.scores.tolist() == [2.0, 1.0]
    assert {name: list(values) for name, values in found.facts.items()} == {"mAP": [2.0, 1.0], "seconds": [5.0, 7.0]}


def test_a_name_that_ships_nowhere_is_told():
    with pytest.raises(NasreidError, match=r"truth 'mikro'.*expected a table of nasreid exhaust, or one of"):
        Truth.load("mikro")


def test_a_decision_that_does_not_exist_everywhere_has_gaps(tmp_path):
    rows = [("conv", 3, 1.0), ("conv", 5, 2.0), ("skip", None, 4.0)]
    table = pd.DataFrame([{"op": op, "kernel": kernel, "seed": seed, "mAP": score + seed}
                          for op, kernel, score in rows for seed in (0, 1)])
    table.to_csv(tmp_path / "truth.csv", index=False)
    truth = Truth.load(tmp_path / "truth.csv")
    assert truth.architectures() == [{"op": "conv", "kernel": "3"}, {"op": "conv", "kernel": "5"}, {"op": "skip"}]
    assert truth.candidates() == {"op": ["conv", "skip"], "kernel": ["3", "5"]}
    assert [truth.score(choices) for choices in truth.architectures()] == [1.5, 2.5, 4.5]
    assert truth.judge({"op": "skip"})["rank"] == 1
    with pytest.raises(NasreidError, match="the genotype decides op; expected the decisions of the table, op, kernel"):
        truth.score({"op": "conv"})
