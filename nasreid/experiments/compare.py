"""Strategies (or any variants of a run) x seeds -> one tidy frame and the statistics that it allows."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.errors import NasreidError
from nasreid.evaluation import statistics
from nasreid.experiments.ledger import Ledger, key_of
from nasreid.experiments.workers import Task, Workers, run
from nasreid.files import write, write_text
from nasreid.genotype import united
from nasreid.pictures.report.tables import ABOUT, PAIRED, RUNS, TABLE, TEXT, text
from nasreid.plugins import MULTI_TRIAL

LEDGER = "ledger.sqlite"
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

    variants: dict[str, dict[str, Any]]
    common: dict[str, dict[str, Any]]
    data: str
    layout: str | None = None
    data_args: dict[str, Any] = field(default_factory=dict)
    seeds: Sequence[int] = (0, 1, 2, 3, 4)
    reference: str = RANDOM
    metric: str = "mAP"
    random: dict[str, Any] = field(default_factory=lambda: {"strategy": RANDOM})
    target: str | None = None
    target_layout: str | None = None
    target_args: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.reference not in self.all_variants():
            raise NasreidError(f"reference {self.reference!r}: expected one of {', '.join(self.all_variants())}")
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise NasreidError(f"seeds {list(self.seeds)}: expected at least one, and each once")

    def all_variants(self) -> dict[str, dict[str, Any]]:
        """The variants, and where something is searched both random baselines."""
        every = dict(self.variants)
        if all("genotype" in options for options in every.values()):
            return every
        strategies = [options.get("strategy") for options in every.values()]
        if "random" not in strategies:
            trials = min(TRIALS, self.common.get("search", {}).get("epochs", TRIALS))
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
        with Ledger(output / LEDGER) as ledger:
            if again:
                ledger.reopen(key_of(task.spec) for task in tasks)
            keys = run(tasks, ledger, workers, "compare", quiet)
            rows = [self._row(task, result) for task, key in zip(tasks, keys, strict=True)
                    if (result := ledger.result(key)) is not None]
            failed = {task.name: ledger.error(key) or "" for task, key in zip(tasks, keys, strict=True)
                      if ledger.state(key) == "failed"}
        if not rows:
            first = next(iter(failed.items()))
            raise NasreidError(f"all {len(failed)} jobs failed; the first, {first[0]}: {first[1]}")
        frame = pd.DataFrame(rows)
        about = {"command": command, "data": self.data, "layout": self.layout, "data_args": self.data_args,
                 "target": self.target, "target_layout": self.target_layout, "target_args": self.target_args,
                 "reference": self.reference, "metric": self.metric, "seeds": list(self.seeds), "failed": failed}
        write_text(output / ABOUT, json.dumps(about, indent=2) + "\n")
        tables(frame, failed, self.reference, self.metric, output)
        return frame

    def _task(self, output: Path, name: str, seed: int) -> Task:
        spec: dict[str, Any] = {"data": self.data, "layout": self.layout, "data_args": self.data_args,
                                "seed": seed, **merged(self.common, self.all_variants()[name])}
        if self.target is not None:
            spec |= {"target": self.target, "target_layout": self.target_layout}
            spec |= {"target_args": self.target_args} if self.target_args else {}
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
        return Task(f"{name}, seed {seed}", spec, str(output / "jobs" / f"{plain}-{seed}-{key_of(spec)[:6]}"))

    def _row(self, task: Task, result: dict[str, Any]) -> dict[str, Any]:
        variant, _, seed = task.name.rpartition(", seed ")
        return {"variant": variant, "seed": int(seed), **result, "choices": json.dumps(result["choices"]),
                "folder": task.folder}


def merged(common: dict[str, dict[str, Any]], variant: dict[str, Any]) -> dict[str, Any]:
    """Sections search (or a genotype), retrain and evaluate of one variant."""
    own = {name: value for name, value in variant.items() if name not in ("retrain", "genotype")}
    base = dict(common.get("search", {}))
    for name in ("strategy", "space"):
        if name in own and own[name] != base.get(name):
            base.pop(f"{name}_args", None)  # they belonged to another
    if own.get("strategy") in MULTI_TRIAL:  # trials have no architecture step
        base.pop("architecture_objectives", None)
    if "epochs" in own and "images" not in own:
        base.pop("images", None)  # it would set the epochs, over the variant's own
    sections = {"retrain": united(common.get("retrain", {}), variant.get("retrain", {})),
                "evaluate": dict(common.get("evaluate", {}))}
    if "genotype" in variant:
        return {"genotype": variant["genotype"], **sections}
    return {"search": united(base, own), **sections}


def tables(frame: pd.DataFrame, failed: dict[str, str], reference: str, metric: str, output: Path) -> None:
    """Write runs.csv, summary.csv, paired.csv and compare.md, which says it all in words."""
    table, pairs = statistics.summary(frame, metric), statistics.paired(frame, reference, metric)
    for name, content in ((RUNS, frame), (TABLE, table), (PAIRED, pairs)):
        write_text(output / name, content.to_csv(index=False))
    _parquet(frame, output / "runs.parquet")
    write_text(output / TEXT, text(frame, table, pairs, failed, reference, metric))


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    """Beside the csv where pyarrow is installed; the csv says the same."""
    try:
        import pyarrow  # noqa: F401  # pyright: ignore[reportMissingImports]
    except ImportError:
        return
    write(path, lambda draft: frame.to_parquet(draft, index=False))
