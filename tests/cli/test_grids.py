"""The papers' grids as recipes: every command of every row is understood, and what it asks for can be built."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from nasreid.cli import compare as commands_compare
from nasreid.cli.main import _parse, main
from nasreid.cli.recipe import RECIPES
from nasreid.experiments.compare import Comparison
from nasreid.experiments.laws.inputs import people
from nasreid.experiments.multitrial import MultiTrial
from nasreid.experiments.stages import _stages
from nasreid.experiments.workers import Task
from nasreid.objectives.memory import Memory
from nasreid.strategies.ce_darts import CEDarts
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search

CONTENTS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(RECIPES.glob("*.yaml"))}
GRIDS = [name for name, content in CONTENTS.items() if content.get("compare", {}).get("recipe")]
PAPERS = {"cm-nas": "cm-nas", "msinet": "msinet", "tcm": "msinet", "osnet-search": "osnet-ain",
          "osnet-shrinking": "osnet-finetune"}
ROWS = {"msinet-overlap-ratios": 16, "msinet-search-schemes": 5, "msinet-architectures": 8, "msinet-fusion": 3,
        "msinet-scale-ratio": 4, "msinet-sam-weight": 5, "msinet-sam-modes": 8, "tcm-ingredients": 20,
        "osnet-search-versus-engineering": 6, "osnet-shrinking": 16, "osnet-shrinking-demo": 16,
        "cm-nas-handmade": 195, "cm-nas-table-1": 19}
BOTH = people(96, 4)
VISIBLE = BOTH[BOTH["modality"] == "visible"].reset_index(drop=True)


@pytest.fixture
def comparison_of(monkeypatch, tmp_path):
    """The comparison that `nasreid compare --config NAME …` would run."""
    found = []
    monkeypatch.setattr(Comparison, "run", lambda self, *_, **__: found.append(self) or self.tasks(tmp_path))
    monkeypatch.setattr(commands_compare, "_embedded", lambda output, recipe, domain, quiet: ("data", None))
    monkeypatch.setattr(commands_compare, "report", lambda folder: None)
    (tmp_path / "compare.md").write_text("")

    def make(name: str, *more: str) -> Comparison:
        assert main(["compare", "--config", name, "--output", str(tmp_path), *more]) == 0
        return found[-1]

    return make


@pytest.fixture
def stages_of(monkeypatch, tmp_path):
    """The Search (or MultiTrial, or None) and the Retrain that the commands of a job would run."""
    found = {}
    monkeypatch.setattr("nasreid.cli.search.checked_frame", lambda *arguments, **options: BOTH)
    monkeypatch.setattr(Retrain, "run", lambda self, *_, **__: found.update(retrain=self))

    def searched(self, *_, **__):
        found.update(search=self)
        return _chosen(self)

    monkeypatch.setattr(Search, "run", searched)
    monkeypatch.setattr(MultiTrial, "run", searched)
    monkeypatch.setattr(MultiTrial, "within", lambda self, images: self)  # it would read the data

    def make(task: Task) -> tuple[Search | MultiTrial | None, Retrain]:
        found.clear()
        sections = {name: task.spec[name] for name in ("search", "retrain", "evaluate") if name in task.spec}
        (tmp_path / "job.yaml").write_text(yaml.safe_dump(sections))
        for stage, arguments in _stages(task.spec, tmp_path):
            command = [stage, "--config", str(tmp_path / "job.yaml"), *arguments, "--quiet"]
            if stage == "evaluate":
                assert _parse(command)[1]["data"] == task.spec.get("target", task.spec["data"])
            else:
                assert main(command) == 0
        return found.get("search"), found["retrain"]

    def _chosen(search: Search | MultiTrial):
        """What is derived is of the very space that was searched."""
        from nasreid.genotype import Genotype
        from nasreid.mutation import decisions
        from nasreid.network.build import open_space

        choices = {label: names[0] for label, names in decisions(open_space(search.space, search.space_args)).items()}
        genotype = Genotype(search.space, search.space_args, choices)
        (tmp_path / "search").mkdir(exist_ok=True)
        genotype.save(tmp_path / "search" / "genotype.json")
        return genotype

    return make


def first_seed(comparison: Comparison, tmp_path) -> dict[str, Task]:
    """{variant: its job} of the first seed."""
    ending = f", seed {comparison.seeds[0]}"
    tasks = comparison.tasks(tmp_path)
    return {task.name.removesuffix(ending): task for task in tasks if task.name.endswith(ending)}


def build(search: Search | MultiTrial | None, retrain: Retrain) -> None:
    """Make all objects of a job, on data of 96 identities."""
    if isinstance(search, MultiTrial):
        assert 1 <= search.trials * search.like.budget.epochs <= 10
    elif search is not None:
        parts = search.parts(BOTH if search.strategy == "CMNAS" else VISIBLE)
        assert all(half.classes >= search.budget.p for half in parts.split.parts())
        assert len(parts.plan) > 0
    retrain.parts(BOTH if "BN" in retrain.genotype.space else VISIBLE)


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
def test_every_row_can_be_built(name, comparison_of, stages_of, tmp_path):
    tasks = first_seed(comparison_of(name), tmp_path)
    if name == "cm-nas-handmade":  # the others are of the same two kinds
        tasks = {key: tasks[key] for key in ("one-stream", "block:s11", "bn:s53", "block:s41+s23", "bn:s11+s53")}
    for task in tasks.values():
        build(*stages_of(task))


def test_the_softmax_row_of_the_ratios_is_ce_darts(comparison_of, stages_of, tmp_path):
    task = first_seed(comparison_of("msinet-overlap-ratios"), tmp_path)["100-100 softmax"]
    search, _ = stages_of(task)
    parts = search.parts(VISIBLE)
    split, twins = parts.split, parts.twins
    other = CEDarts().split(VISIBLE, np.random.default_rng(search.seed))
    assert np.array_equal(split.train.rows, other.train.rows)
    assert np.array_equal(split.validation.rows, other.validation.rows)
    (first,), (second,) = twins.weights.objectives, twins.architecture.objectives
    assert first is second
    assert first.smoothing == CEDarts().smoothing


def test_a_classifier_may_be_followed_by_a_memory(comparison_of, stages_of, tmp_path):
    task = first_seed(comparison_of("tcm-ingredients"), tmp_path)["classifier then memory"]
    search, _ = stages_of(task)
    parts = search.parts(VISIBLE)
    split, twins = parts.split, parts.twins
    (memory,) = twins.architecture.objectives
    assert isinstance(memory, Memory)
    assert len(memory.memory) == split.validation.classes
