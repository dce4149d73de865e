"""Searches that a table judges: real ones, and those whose trials are looked up."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.experiments.decided import Deciding
from nasreid.experiments.pool import Here
from nasreid.experiments.table_comparison import TableComparison, summary, work
from nasreid.experiments.table_words import Judged
from nasreid.experiments.truth import Truth
from nasreid.files import read_table

NAMES = ["none", "gate", "conv3", "conv3-in"]
SPACE = {"width": 4, "slots": [1, 1]}
LABELS = ["stage1.slot1", "stage2.slot1"]
COMMON = {"space": "Micro", "space_args": SPACE, "epochs": 1, "p": 4, "k": 2, "height": 32, "width": 16,
          "device": "cpu", "images": 60}


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    rows = [{**dict(zip(LABELS, names, strict=True)), "seed": seed, "mAP": 5.0 * NAMES.index(names[0]) +
             2 * NAMES.index(names[1]) + rng.normal() / 9, "far mAP": float(rng.normal()), "images": 20,
             "seconds": 1.0} for seed in range(3) for names in itertools.product(NAMES, NAMES)]
    path = tmp_path / "t.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def comparison(table, people, variants, **options):
    return TableComparison(variants, COMMON, {"data": str(people)}, Truth.load(table), **options)


def planted(spec, folder, *others):
    choices = dict.fromkeys(LABELS, "conv3-in" if spec["strategy"] == "TCM" else "none")
    return {"choices": choices, "steps": 3, "images": 24, "seconds": 1.5,
            "probabilities": {label: {name: 0.4 if name == choices[label] else 0.2 for name in NAMES}
                              for label in LABELS}}


def test_a_row_is_what_the_table_says_of_the_choice(table, people, tmp_path):
    far = Truth.load(table, "far mAP")
    made = comparison(table, people, {"TCM": {"strategy": "TCM"}, "other": {"strategy": "CEDarts"}}, seeds=(3, 4),
                      others={"far": far})
    frame = made.run(tmp_path / "out", Here(planted), quiet=True)
    assert frame[["variant", "seed"]].to_numpy().tolist() == [["TCM", 3], ["other", 3], ["TCM", 4], ["other", 4]]
    best, worst = (dict.fromkeys(LABELS, name) for name in ("conv3-in", "none"))
    truth = Truth.load(table)
    assert frame["regret"].tolist() == [truth.judge(c)["regret"] for c in (best, worst, best, worst)]
    assert frame["regret"].iloc[0] == 0
    assert set(frame["chance"]) == {truth.judge(best)["chance"]}
    for row in frame.to_dict("records"):
        choices = json.loads(row["choices"])
        assert row["mAP"] in [truth.score(choices, seed) for seed in range(3)]
        assert row["far regret"] == far.judge(choices)["regret"]
    assert frame["tau"].iloc[0] > 0.5


def test_searches_by_trials_are_played_on_the_table(table, people, tmp_path):
    made = comparison(table, people, {"luck": {"strategy": "random"}, "ten": {"strategy": "random", "trials": 10}},
                      seeds=range(20))
    assert (made.trials("luck"), made.trials("ten"), made.tasks(tmp_path)) == (3, 10, [])  # 60 images, 20 a training
    means = summary(made.run(tmp_path / "out", Here(planted), quiet=True)).set_index("variant")
    assert means.loc["ten", "regret"] < means.loc["luck", "regret"] < means.loc["luck", "chance"]
    assert (means.loc["luck", "images"], means.loc["ten", "images"]) == (60, 200)
    assert means.loc["luck", "share"] == means.loc["luck", "regret"] / means.loc["luck", "chance"]


def test_what_is_misspelt_is_refused_before_the_first_search(table, people, tmp_path):
    made = comparison(table, people, {"TCM": {"strategy": "TCM"}, "odd": {"strategy": "TMC"}})
    with pytest.raises(NasreidError, match="TMC"):
        made.run(tmp_path / "out", Here(planted), quiet=True)


def test_a_failed_search_is_told_and_not_left_out(table, people, tmp_path):
    def fails(spec, folder, *others):
        raise NasreidError("no such luck")

    with pytest.raises(NasreidError, match="2 of 2 searches failed; the first, TCM, seed 0: no such luck; --again"):
        comparison(table, people, {"TCM": {"strategy": "TCM"}}, seeds=(0, 1)).run(tmp_path, Here(fails), quiet=True)


def test_a_search_leaves_its_folder_and_goes_on_there(table, people, tmp_path):
    made = comparison(table, people, {"TCM": {"strategy": "TCM"}}, seeds=(0,))
    (task,) = made.tasks(tmp_path)
    found = work(task.spec, task.folder)
    assert work(task.spec, task.folder) == found
    assert found["images"] > 0
    assert set(found["choices"]) == set(found["probabilities"]) == set(LABELS)
    assert 0 < found["entropy"] <= 1


def test_a_reference_that_is_no_variant_is_refused_before_the_first_search(table, people, tmp_path, capsys):
    arguments = ["compare", "--truth", str(table), "--data", str(people), "--strategies", "TCM", "CEDarts",
                 "--reference", "CDarts", "--output", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "reference 'CDarts' (did you mean 'CEDarts'?): expected one of" in capsys.readouterr().err


@pytest.mark.parametrize(("variant", "words"), [
    ({"strategy": "random", "trials": 3.9}, "trials"), ({"strategy": "random", "nonsense": 7}, "nonsense"),
    ({"strategy": "random", "images": "1e5"}, "images"), ({"strategy": "random", "strategy_args": 5}, "strategy_args")])
def test_a_variant_by_trials_that_is_misspelt_is_refused(table, people, tmp_path, variant, words):
    with pytest.raises(NasreidError, match=words):
        comparison(table, people, {"A": variant}, seeds=(0,)).tasks(tmp_path)


@pytest.mark.parametrize(("recipe", "options", "words"), [
    ("variants: {A: random}", [], "variant 'A' is 'random'; expected a name, and"),
    ("variants: {1: {strategy: random}}", [], "variants has the argument 1; expected names"),
    ("variants: {A: {strategy: random}}", ["--engine", "ray"], "target, or another engine than processes"),
    ("variants: {A: {strategy: random}}", ["--target", "nowhere"], "target, or another engine")])
def test_what_a_comparison_on_a_table_cannot_use_is_refused(table, people, tmp_path, capsys, recipe, options, words):
    (tmp_path / "r.yaml").write_text(f"compare:\n  {recipe}\n")
    arguments = ["compare", "--config", str(tmp_path / "r.yaml"), "--truth", str(table), "--data", str(people),
                 "--output", str(tmp_path / "out"), *options]
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_says_who_beats_chance(table, people, tmp_path, capsys):
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"search: {json.dumps(COMMON)}\n")
    arguments = ["compare", "--truth", str(table), "--config", str(recipe), "--data", str(people), "--strategies",
                 "random", "Random", "TCM", "--seeds", "2", "--output", str(tmp_path / "out"), "--quiet"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "chance is" in said
    table_ = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert table_["variant"].tolist() == ["random", "Random", "TCM"]
    assert {"regret", "low", "high", "chance", "far regret"} <= set(table_)
    svg = (tmp_path / "out" / "regret.svg").read_text()
    assert all(word in svg for word in ("chance", "the best", "random", "TCM"))
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<h2>Regret</h2>" in page
    assert "not drawn" not in page
    before = (tmp_path / "out" / "runs.csv").read_bytes()
    assert main(arguments) == 0
    assert (tmp_path / "out" / "runs.csv").read_bytes() == before


def test_trials_are_followed_beyond_their_budget(table, people, tmp_path, capsys):
    made = comparison(table, people, {"TCM": {"strategy": "TCM"}, "luck": {"strategy": "random"}}, seeds=(0, 1))
    followed = made.followed(7)
    assert followed.groupby(["strategy", "seed"]).size().to_dict() == {("luck", 0): 7, ("luck", 1): 7}
    assert made.followed(0) is None
    assert comparison(table, people, {"TCM": {"strategy": "TCM"}}).followed(7) is None
    frame = made.run(tmp_path / "out", Here(planted), quiet=True)
    verdicts = Deciding(rope=1.0).verdicts(frame, "luck", "regret", less=True)
    said = Judged(frame, "t", read_table(table), "mAP", "luck", verdicts, "nasreid", followed).write(tmp_path)
    pair = pd.read_csv(tmp_path / "paired.csv").iloc[0]
    assert (pair["difference"] < 0) == (pair["superiority"] > 0.5), "who regrets less is ahead"
    assert "share of all pairs of runs in which the variant is the better one" in said
    assert "P(within 1)" in said
    budget = pd.read_csv(tmp_path / "budget.csv")
    assert (set(budget["strategy"]), budget["images"].max()) == ({"luck"}, 140)
    assert "one at random" in (tmp_path / "budget.svg").read_text()
    assert "<!-- TCM -->" in (tmp_path / "budget.svg").read_text()
    assert "Regret for what was spent" in (tmp_path / "report.html").read_text()


def test_a_space_that_is_not_that_of_the_table_is_refused_before_the_first_search(table, people, tmp_path):
    never = Here(lambda *given: pytest.fail("a search has begun"))
    wider = {"strategy": "TCM", "space_args": {"width": 4, "slots": [1, 2]}}
    said = "expected the decisions of the table, where there is no stage2.slot2"
    with pytest.raises(NasreidError, match=f"'wide' searches Micro, where stage2.slot2 is one of conv3, .*; {said}"):
        comparison(table, people, {"TCM": {"strategy": "TCM"}, "wide": wider}).run(tmp_path, never, quiet=True)
    with pytest.raises(NasreidError, match=r"'other' searches MSI, where cell1\.interaction1 is one of"):
        comparison(table, people, {"other": {"strategy": "TCM", "space": "MSI", "space_args": {}}}).run(
            tmp_path, never, quiet=True)
