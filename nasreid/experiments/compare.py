"""Strategies (or any variants of a run) x seeds -> one tidy frame and the statistics that it allows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import over
from nasreid.errors import NasreidError, one_of
from nasreid.evaluation import statistics
from nasreid.experiments.further import Further, averaged, scores_in
from nasreid.experiments.further_words import write as write_further
from nasreid.experiments.runs import DataSet, confirmed
from nasreid.experiments.stages import made
from nasreid.experiments.workers import Task, Workers, concluded
from nasreid.files import Document, write, write_text
from nasreid.pictures.report.tables import ABOUT, PAIRED, RUNS, TABLE, TEXT, text
from nasreid.plugins import MULTI_TRIAL

LEDGER = "ledger.sqlite"
STAGES = ("search", "retrain", "evaluate")
SCORES = ("mAP", "rank-1", "rank-5", "rank-10", "rank-20", "mINP")
RANDOM, RANDOM_SEARCH, TRIALS = "Random", "RandomSearch", 5


@dataclass(frozen=True)
class Comparison:
    """What is compared, on what data, how often.

    variants: {name: options of `nasreid search` that differ from the common ones}; besides, `retrain` may hold options
    of the retraining, and `genotype` (a name or a path) stands in place of a search. common: sections search, retrain
    and evaluate of a recipe, the same for all. seeds: each fixes one search and one retraining of every variant.
    reference: the variant that the others are paired with. Where a variant searches, two are added unless they are
    there: Random, one random architecture, without which no difference says that a search has found anything (Yang et
    al., ICLR 2020), and RandomSearch, the best of TRIALS random ones, each trained for its share of the epochs that a
    search has. target, target_layout, target_args: another data set, on which all are evaluated (across domains).
    """

    variants: dict[str, Options]
    common: dict[str, Options]
    data: str
    layout: str | None = None
    data_args: Options = field(default_factory=dict)
    seeds: Sequence[int] = (0, 1, 2, 3, 4)
    reference: str = RANDOM
    metric: str = "mAP"
    random: Options = field(default_factory=lambda: {"strategy": RANDOM})
    target: str | None = None
    target_layout: str | None = None
    target_args: Options = field(default_factory=dict)
    further: Further = Further()

    def __post_init__(self) -> None:
        if self.metric not in SCORES:
            raise NasreidError(f"metric {one_of(self.metric, SCORES)}")
        if self.reference not in self.all_variants():
            raise NasreidError(f"reference {one_of(self.reference, self.all_variants())}")
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise NasreidError(f"seeds {list(self.seeds)}: expected at least one, and each once")

    def all_variants(self) -> dict[str, Options]:
        """The variants, and where something is searched both random baselines."""
        every = dict(self.variants)
        if all("genotype" in options for options in every.values()):
            return every
        strategies = [options.get("strategy") for options in every.values()]
        if "random" not in strategies:
            epochs = self.common.get("search", {}).get("epochs", TRIALS)
            trials = min(TRIALS, epochs) if isinstance(epochs, int) else TRIALS  # what is none is refused with its job
            every[RANDOM_SEARCH] = {**self.random, "strategy": "random", "trials": trials}
        return every if RANDOM in strategies else {**every, RANDOM: self.random}

    def tasks(self, output: Path) -> list[Task]:
        """One task for each (seed, variant), seeds outermost: a comparison that is cut off has whole seeds."""
        pairs = [(name, seed) for seed in self.seeds for name in self.all_variants()]
        return [self._task(output, name, seed) for name, seed in pairs]

    def run(self, output: str | Path, workers: Workers, again: bool = False, quiet: bool = False,
            command: str = "") -> pd.DataFrame:
        """Run what is missing, write the tables into `output`; returns one row for each finished (variant, seed).

        again: give jobs that failed another two attempts. The same call goes on where an earlier one ended. command:
        what was typed, for the report.
        """
        output = Path(output)
        tasks = self.tasks(output)
        done, failed = concluded(tasks, output / LEDGER, workers, "compare", again, quiet)
        rows = [self._row(task, result) for task, result in done]
        if not rows and not failed:
            raise NasreidError(f"all {len(tasks)} jobs were ended from outside; the same command goes on with them")
        if not rows:
            first = next(iter(failed.items()))
            raise NasreidError(f"all {len(failed)} jobs failed; the first, {first[0]}: {first[1]}; --again tries "
                               "them once more")
        frame, told = pd.DataFrame(rows), list[str]()
        if self.further:
            more, lost = self._retrained([task for task, _ in done], output, workers, again, quiet)
            failed |= lost
            every = pd.DataFrame([*({**row, "recipe": self.further.own, "retraining": 0} for row in rows), *more])
            frame, told = averaged(every, scores_in(every), self.further.own), write_further(
                every, self.metric, self.further.own, output)
        about = {"command": command, "data": self.data, "layout": self.layout, "data_args": self.data_args,
                 "target": self.target, "target_layout": self.target_layout, "target_args": self.target_args,
                 "reference": self.reference, "metric": self.metric, "seeds": list(self.seeds), "failed": failed,
                 "further": self.further.each() - 1}
        tables(frame, failed, self.reference, self.metric, output, told)
        write_text(output / ABOUT, json.dumps(about, indent=2) + "\n")
        return frame

    def missing(self, frame: pd.DataFrame) -> int:
        """Trainings that the frame of `run` does not hold."""
        found = frame["retrainings"].sum() if "retrainings" in frame else len(frame)
        return len(self.seeds) * len(self.all_variants()) * self.further.each() - int(found)

    def _retrained(self, first: Sequence[Task], output: Path, workers: Workers, again: bool,
                   quiet: bool) -> tuple[list[Document], dict[str, str]]:
        """The rows of the trainings beyond the first ones, and what failed."""
        every = self.all_variants()
        pairs = [pair for task in first
                 for pair in self.further.tasks(task, every[task.whose()[0]].get("retrain", {}), output)]
        for task, _ in pairs:
            for stage in ("retrain", "evaluate"):
                made(task.spec, stage, Path(task.folder))
        whose = {task.folder: row for task, row in pairs}
        done, failed = concluded([task for task, _ in pairs], output / LEDGER, workers, "retrainings", again, quiet)
        return [{**self._row(task, result), **whose[task.folder]} for task, result in done], failed

    def _task(self, output: Path, name: str, seed: int) -> Task:
        spec = self.spec(name, seed)
        for stage in spec:  # what is misspelt is refused before the first job
            made(spec, stage, output)
        return Task.of(name, seed, spec, output / "jobs")

    def spec(self, name: str, seed: int) -> Document:
        """The document of a job: {stage: options of its run}."""
        stages = merged(self.common, self.all_variants()[name])
        place = images_in(self.data, self.layout, self.data_args)
        target = place if self.target is None else images_in(self.target, self.target_layout, self.target_args)
        search = stages.get("search", {})
        space = confirmed(search.get("space", ""), search.get("space_args") or {})
        trusted = {"space": space} if space else {}  # what was typed for the search is confirmed for what follows
        own = {"search": {}, "retrain": trusted}
        seeded = {stage: {**own[stage], **options, **place, "seed": seed} for stage, options in stages.items()
                  if stage in own}
        return {**seeded, "evaluate": {**trusted, **stages["evaluate"], **target}}

    def data_of(self, stage: str) -> DataSet:
        """The images of a stage of every job: retrain, or evaluate."""
        return made(self.spec(next(iter(self.all_variants())), next(iter(self.seeds))), stage, Path()).data

    def _row(self, task: Task, result: Document) -> Document:
        variant, seed = task.whose()
        return {"variant": variant, "seed": seed, **result, "choices": json.dumps(result["choices"]),
                "folder": task.folder}


def images_in(data: str, layout: str | None, data_args: Options) -> Options:
    """The options of a run that say where its images are; what is not given is left to the recipe."""
    return {"data": data, **({"layout": layout} if layout else {}), **({"data_args": data_args} if data_args else {})}


def merged(common: dict[str, Options], variant: Options) -> dict[str, Options]:
    """Stages search (unless a genotype is given), retrain and evaluate of one variant."""
    own = {name: value for name, value in variant.items() if name not in ("retrain", "genotype")}
    retrain, evaluate = over(common.get("retrain", {}), variant.get("retrain", {})), dict(common.get("evaluate", {}))
    if "genotype" in variant:
        return {"retrain": {**retrain, "genotype": variant["genotype"]}, "evaluate": evaluate}
    search = over(common.get("search", {}), own)
    if own.get("strategy") in MULTI_TRIAL and "architecture_objectives" not in own:
        search.pop("architecture_objectives", None)  # trials have no architecture step
    return {"search": search, "retrain": retrain, "evaluate": evaluate}


def tables(frame: pd.DataFrame, failed: dict[str, str], reference: str, metric: str, output: Path,
           told: Sequence[str] = ()) -> None:
    """Write runs.csv, summary.csv, paired.csv and compare.md, which says it all in words; told: further parts."""
    table, pairs = statistics.summary(frame, metric), statistics.paired(frame, reference, metric)
    for name, content in ((RUNS, frame), (TABLE, table), (PAIRED, pairs)):
        write_text(output / name, content.to_csv(index=False))
    _parquet(frame, output / "runs.parquet")
    write_text(output / TEXT, text(frame, table, pairs, failed, reference, metric, told))


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    """Beside the csv where pyarrow is installed; the csv says the same."""
    try:
        import pyarrow  # noqa: F401  # pyright: ignore[reportMissingImports]
    except ImportError:
        return
    write(path, lambda draft: frame.to_parquet(draft, index=False))
