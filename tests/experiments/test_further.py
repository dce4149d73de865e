"""Trainings beyond the first: what each job is told, and that no search is run again."""

from __future__ import annotations

import pandas as pd
import pytest

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.experiments.compare import Comparison
from nasreid.experiments.further import Further, averaged, seed_of
from nasreid.experiments.stages import made
from nasreid.experiments.workers import Processes, Task

LONGER = {"retrain": {"epochs": 9, "p": 8}}
SPEC = {"search": {"space": "MSI", "data": "d", "seed": 4}, "retrain": {"data": "d", "epochs": 3, "seed": 4},
        "evaluate": {"data": "d"}}


def first(tmp_path, spec=SPEC):
    return Task.of("TCM", 4, spec, tmp_path / "jobs")


def test_retrainings_take_the_genotype_of_the_first_job_and_another_seed(tmp_path):
    task = first(tmp_path)
    (second, told), (third, _) = Further(3).tasks(task, {}, tmp_path)
    assert told == {"variant": "TCM", "seed": 4, "recipe": "its own", "retraining": 1}
    assert "search" not in second.spec
    assert second.spec["retrain"] == {"data": "d", "epochs": 3, "seed": seed_of(4, 1)}
    assert len({task.folder, second.folder, third.folder}) == 3
    run = made(second.spec, "retrain", tmp_path / "jobs" / "any")
    assert run.retrain.genotype == f"{task.folder}/search/genotype.json"


def test_another_recipe_trains_alike_but_for_its_section_and_what_the_variant_says(tmp_path):
    tasks = Further(2, {"longer": LONGER}).tasks(first(tmp_path), {"p": 16}, tmp_path)
    assert [(told["recipe"], told["retraining"]) for _, told in tasks] == [
        ("its own", 1), ("longer", 0), ("longer", 1)]
    assert tasks[1][0].spec["retrain"] == {"epochs": 9, "p": 16, "data": "d", "seed": 4}
    assert Further(2, {"longer": LONGER}).each() == 4


def test_a_genotype_that_was_given_is_kept(tmp_path):
    spec = {"retrain": {"genotype": "msinet", "data": "d", "seed": 4}, "evaluate": {}}
    ((task, _),) = Further(1, {"longer": LONGER}).tasks(first(tmp_path, spec), {}, tmp_path)
    assert task.spec["retrain"]["genotype"] == "msinet"
    assert "searched" not in task.spec


@pytest.mark.parametrize(("values", "message"), [
    ((0,), "retrainings 0: expected at least 1"),
    ((1, {"short": {"search": {}}}), "recipe 'short' has no section retrain"),
    ((1, {"demo": LONGER}, "demo"), "recipe 'demo' is that of the comparison"),
])
def test_what_cannot_be_is_refused(values, message):
    with pytest.raises(NasreidError, match=message):
        Further(*values)


def test_a_search_has_the_mean_of_its_retrainings_by_the_recipe():
    rows = pd.DataFrame([{"variant": "a", "seed": 0, "recipe": recipe, "retraining": number, "mAP": score,
                          "folder": f"{recipe}{number}"}
                         for recipe, number, score in (("own", 0, 1.0), ("own", 1, 3.0), ("other", 0, 50.0))])
    (found,) = averaged(rows, ["mAP"], "own").to_dict("records")
    assert found == {"variant": "a", "seed": 0, "mAP": 2.0, "folder": "own0", "retrainings": 3}


def fake(spec, folder, threads, children):
    """The order turns with the recipe `longer`; a retraining is worth a tenth."""
    strategy = spec["search"]["strategy"] if "search" in spec else spec["searched"].partition("-")[0]
    seed = spec["retrain"]["seed"]
    if spec["retrain"].get("p") == 3 and strategy == "Random" and "search" not in spec:
        raise NasreidError("no luck")
    score = {"TCM": 30.0, "Random": 28.0, "RandomSearch": 20.0, "random": 20.0}[strategy]
    score = 60 - score if spec["retrain"]["epochs"] == 9 else score
    return {"mAP": score + seed % 7 / 10, "protocol": "rule", "search_steps": 7, "choices": {"a": "x"}}


COMMON = {"search": {"space": "MSI", "strategy": "TCM", "epochs": 2}, "retrain": {"epochs": 3}, "evaluate": {}}


def comparison(further, **changes):
    return Comparison({"TCM": {"strategy": "TCM"}}, COMMON, "data", seeds=(0, 1, 2), further=further, **changes)


def test_a_comparison_tells_searching_from_retraining_and_one_recipe_from_another(tmp_path):
    further = Further(3, {"longer": LONGER})
    frame = comparison(further).run(tmp_path, Processes(2, 1, fake), quiet=True)
    assert len(frame) == 9
    assert frame["retrainings"].tolist() == [6] * 9
    assert comparison(further).missing(frame) == 0
    assert comparison(Further(4, {"longer": LONGER})).missing(frame) == 18
    every = pd.read_csv(tmp_path / "retrainings.csv")
    assert len(every) == 54
    own = every[(every["variant"] == "TCM") & (every["seed"] == 0) & (every["recipe"] == "its own")]
    assert frame.loc[0, "mAP"] == pytest.approx(own["mAP"].mean())
    assert pd.read_csv(tmp_path / "components.csv")["retrainings"].tolist() == [3, 3, 3]
    said = (tmp_path / "compare.md").read_text()
    assert "what the scores vary with, searching or retraining" in said
    assert "Trained by longer instead of its own, 0 of 3 pairs of variants keep their order" in said
    assert "the other way round beyond doubt" in said


def test_a_retraining_that_fails_is_named_and_counted(tmp_path):
    further = Further(2)
    made = comparison(further, random={"strategy": "Random", "retrain": {"p": 3}})
    frame = made.run(tmp_path, Processes(2, 1, fake), quiet=True)
    assert made.missing(frame) == 3
    said = (tmp_path / "compare.md").read_text()
    assert "- Random, retraining 1, seed 0: no luck" in said
    assert "what the scores vary with is not said: no row for variant 'Random'" in said


def test_nothing_is_retrained_where_a_table_judges(tmp_path, capsys):
    assert main(["compare", "--truth", "micro", "--strategies", "TCM", "--retrainings", "2", "--output",
                 str(tmp_path / "out")]) == 2
    assert "nothing is trained there" in capsys.readouterr().err
