"""The papers' grids as recipes: every command of every row is understood, and what it asks for can be built."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from nasreid.cli import compare as commands_compare
from nasreid.cli.main import main
from nasreid.cli.recipe import RECIPES
from nasreid.experiments.compare import Comparison
from nasreid.experiments.laws.inputs import people
from nasreid.experiments.multitrial import MultiTrial
from nasreid.experiments.stages import made
from nasreid.experiments.workers import Task
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import open_space
from nasreid.objectives.memory import Memory
from nasreid.plugins import MULTI_TRIAL
from nasreid.strategies.ce_darts import CEDarts
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search
from nasreid.training.unlabelled import Unlabelled

CONTENTS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(RECIPES.glob("*.yaml"))}
GRIDS = [name for name, content in CONTENTS.items() if content.get("compare", {}).get("recipe")]
PAPERS = {"cm-nas": "cm-nas", "msinet": "msinet", "tcm": "msinet", "osnet-search": "osnet-ain",
          "osnet-shrinking": "osnet-finetune"}
ROWS = {"msinet-overlap-ratios": 16, "msinet-search-schemes": 5, "msinet-architectures": 8, "msinet-fusion": 3,
        "msinet-scale-ratio": 4, "msinet-sam-weight": 5, "msinet-sam-modes": 8, "tcm-ingredients": 20,
        "osnet-search-versus-engineering": 6, "osnet-shrinking": 16, "osnet-shrinking-demo": 16,
        "cm-nas-handmade": 195, "cm-nas-table-1": 19, "msinet-unlabelled": 2}
BOTH = people(96, 4)
VISIBLE = BOTH[BOTH["modality"] == "visible"].reset_index(drop=True)


def ran(tasks):
    """A frame as if all had been run."""
    return pd.DataFrame([{"variant": task.name.rpartition(", seed ")[0], "seed": int(task.name.rpartition(" ")[2]),
                          "mAP": float(at)} for at, task in enumerate(tasks)])


@pytest.fixture
def comparison_of(monkeypatch, tmp_path):
    """The comparison that `nasreid compare --config NAME …` would run."""
    found = []
    monkeypatch.setattr(Comparison, "run", lambda self, *_, **__: found.append(self) or ran(self.tasks(tmp_path)))
    monkeypatch.setattr(commands_compare.Sources, "drawn",
                        lambda self, *_: self if self.data else replace(self, data="data"))
    monkeypatch.setattr("nasreid.experiments.runs.DataSet.listed", lambda self: self)
    monkeypatch.setattr(commands_compare, "write", lambda folder: None)
    (tmp_path / "compare.md").write_text("")

    def make(name: str, *more: str) -> Comparison:
        assert main(["compare", "--config", name, "--output", str(tmp_path), *more]) == 0
        return found[-1]

    return make


def stages_of(task: Task, tmp_path) -> tuple[Search | MultiTrial | None, Retrain | Unlabelled]:
    """The Search (or MultiTrial, or None) and the Retrain that a job would run."""
    assert made(task.spec, "evaluate", tmp_path).data.data == task.spec["evaluate"]["data"]
    if "search" not in task.spec:
        return None, made(task.spec, "retrain", tmp_path).checked()
    run = made(task.spec, "search", tmp_path).read()
    search = run.one_shot()
    # what is derived is of the very space that was searched
    choices = {label: names[0] for label, names in decisions(open_space(search.space, search.space_args)).items()}
    (tmp_path / "search").mkdir(exist_ok=True)
    Genotype(search.space, search.space_args, choices).save(tmp_path / "search" / "genotype.json")
    retrain = made(task.spec, "retrain", tmp_path).checked()
    return (replace(run, shown=None).by_trials() if search.strategy in MULTI_TRIAL else search), retrain


def first_seed(comparison: Comparison, tmp_path) -> dict[str, Task]:
    """{variant: its job} of the first seed."""
    ending = f", seed {comparison.seeds[0]}"
    tasks = comparison.tasks(tmp_path)
    return {task.name.removesuffix(ending): task for task in tasks if task.name.endswith(ending)}


def build(search: Search | MultiTrial | None, retrain: Retrain | Unlabelled) -> None:
    """Make all objects of a job, on data of 96 identities."""
    if isinstance(search, MultiTrial):
        assert 1 <= search.trials * search.like.budget.epochs <= 10
    elif search is not None:
        parts = search.parts(BOTH if search.strategy == "CMNAS" else VISIBLE)
        if parts.strategy.trained:
            assert parts.split.train.classes >= search.budget.p
            assert parts.split.validation is None or parts.split.validation.classes >= search.budget.p
            assert len(parts.plan) > 0
    if isinstance(retrain, Unlabelled):
        retrain.check()
        return
    retrain.parts(BOTH if "BN" in retrain.record().space else VISIBLE)


def test_every_grid_is_counted():
    assert set(GRIDS) == set(ROWS)


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_says_its_source_and_how_to_run_it(name):
    head = [line for line in (RECIPES / f"{name}.yaml").read_text().splitlines() if line.startswith("#")]
    assert f"#   nasreid compare --config {name} " in "\n".join(head)
    assert set(CONTENTS[name]) == {"compare"}


@pytest.mark.parametrize("name", GRIDS)
def test_rows_of_a_grid_at_both_sizes(name, comparison_of, tmp_path):
    small = comparison_of(name)
    assert len(small.all_variants()) == ROWS[name]
    paper = next(recipe for start, recipe in PAPERS.items() if name.startswith(start))
    large = comparison_of(name, "--recipe", paper, "--data", "elsewhere", "--target", "there")
    assert list(large.all_variants()) == list(small.all_variants())
    assert large.data == "elsewhere"
    assert large.common["retrain"] == CONTENTS[paper]["retrain"]
    specs = [json.dumps(task.spec, sort_keys=True) for task in first_seed(small, tmp_path).values()]
    assert len(set(specs)) == len(specs)  # no two rows are the same job


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if ROWS[n] > 4 else []) for n in GRIDS])
def test_every_row_can_be_built(name, comparison_of, tmp_path):
    tasks = first_seed(comparison_of(name), tmp_path)
    if name == "cm-nas-handmade":  # the others are of the same two kinds
        tasks = {key: tasks[key] for key in ("one-stream", "block:s11", "bn:s53", "block:s41+s23", "bn:s11+s53")}
    if name == "osnet-shrinking-demo":  # the networks of osnet-shrinking, whose largest and smallest are enough
        tasks = {key: tasks[key] for key in (min(tasks), max(tasks))}
    for task in tasks.values():
        build(*stages_of(task, tmp_path))


def test_the_softmax_row_of_the_ratios_is_ce_darts(comparison_of, tmp_path):
    task = first_seed(comparison_of("msinet-overlap-ratios"), tmp_path)["100-100 softmax"]
    search, _ = stages_of(task, tmp_path)
    parts = search.parts(VISIBLE)
    other = CEDarts().split(VISIBLE, np.random.default_rng(search.seed))
    assert np.array_equal(parts.split.train.rows, other.train.rows)
    assert np.array_equal(parts.split.validation.rows, other.validation.rows)
    (first,), (second,) = parts.twins.weights.objectives, parts.twins.architecture.objectives
    assert first is second
    assert first.smoothing == CEDarts().smoothing


def test_a_classifier_may_be_followed_by_a_memory(comparison_of, tmp_path):
    task = first_seed(comparison_of("tcm-ingredients"), tmp_path)["classifier then memory"]
    search, _ = stages_of(task, tmp_path)
    parts = search.parts(VISIBLE)
    (memory,) = parts.twins.architecture.objectives
    assert isinstance(memory, Memory)
    assert len(memory.memory) == parts.split.validation.classes
