"""Every architecture of a small space, trained and scored: the truth that searches on that space are judged by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.ledger import Ledger, key_of
from nasreid.experiments.trial import document
from nasreid.experiments.workers import Task, Workers, run
from nasreid.files import write_text
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import open_space
from nasreid.training.retrain import Retrain

LEDGER, TABLE, GENOTYPE = "ledger.sqlite", "truth.csv", "space.json"


@dataclass(frozen=True)
class Exhaust:
    """All architectures of `space` x seeds, each trained as `like` is (whose genotype and seed are replaced).

    data: {data, layout, data_args, skip_broken}. most: a larger space is refused. The table has a column for each
    decision, then seed, mAP, rank-1, steps, images, seconds, parameters, multiply_adds.
    """

    space: str
    space_args: Options
    like: Retrain
    data: Options
    seeds: Sequence[int] = (0,)
    most: int = 512

    def genotypes(self) -> Iterator[dict[str, str]]:
        """The choices of every architecture; the last decision changes fastest."""
        known = decisions(open_space(self.space, self.space_args))
        count = math.prod(len(names) for names in known.values())
        if count > self.most:
            raise NasreidError(f"{self.space} has {count} architectures; expected at most {self.most}: make decisions "
                               "with --fix label=name")
        for names in itertools.product(*known.values()):
            yield dict(zip(known, names, strict=True))

    def tasks(self, output: Path) -> list[Task]:
        """Seeds outermost: an enumeration that is cut off has whole seeds."""
        samples = list(self.genotypes())
        return [self._task(output, choices, seed) for seed in self.seeds for choices in samples]

    def run(self, output: str | Path, workers: Workers, again: bool = False, quiet: bool = False) -> pd.DataFrame:
        """Train what is missing; writes truth.csv and space.json into `output` and returns the table.

        The same call goes on where an earlier one ended; what is done so far is in the table then, too.
        """
        output = Path(output)
        tasks = self.tasks(output)
        with Ledger(output / LEDGER) as ledger:
            if again:
                ledger.reopen(key_of(task.spec) for task in tasks)
            try:
                run(tasks, ledger, workers, "exhaust", quiet)
            finally:
                table = self._table(ledger, tasks)
                if len(table):
                    write_text(output / TABLE, table.to_csv(index=False))
        Genotype(self.space, self.space_args, {}).save(output / GENOTYPE)
        return table

    def _table(self, ledger: Ledger, tasks: Sequence[Task]) -> pd.DataFrame:
        rows = []
        for task in tasks:
            known = ledger.result(ledger.add(task.name, task.spec))
            if known is not None:
                rows.append({**task.spec["train"]["genotype"]["choices"], "seed": task.spec["train"]["seed"], **known})
        return pd.DataFrame(rows)

    def _task(self, output: Path, choices: dict[str, str], seed: int) -> Task:
        spec = document(replace(self.like, genotype=Genotype(self.space, self.space_args, choices), seed=seed),
                        self.data)
        return Task(f"{' '.join(choices.values())}, seed {seed}", spec, str(output / "jobs" / key_of(spec)))
