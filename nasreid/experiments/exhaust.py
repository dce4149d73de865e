"""Every architecture of a small space, trained and scored: the truth that searches on that space are judged by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.entry import document
from nasreid.experiments.ledger import Ledger, key_of
from nasreid.experiments.workers import Task, Workers, run
from nasreid.files import write_text
from nasreid.genotype import Genotype
from nasreid.mutation import Decisions, decisions
from nasreid.network.build import open_space
from nasreid.training.retrain import Retrain

LEDGER, TABLE, PILOT, GENOTYPE = "ledger.sqlite", "truth.csv", "pilot.csv", "space.json"


@dataclass(frozen=True)
class Exhaust:
    """All architectures of `space` x seeds, each trained as `like` is (whose genotype and seed are replaced).

    data: {data, layout, data_args, skip_broken}, whose own test part scores; tests: {name: such a place} of others.
    every: score after every epoch, too. most: a larger space is refused. The table has a column for each decision
    (empty where that does not exist), then seed, then what `nasreid.experiments.entry.measure` says.
    """

    space: str
    space_args: Options
    like: Retrain
    data: Options
    seeds: Sequence[int] = (0,)
    most: int = 2048
    tests: dict[str, Options] = field(default_factory=dict)
    every: bool = True

    def genotypes(self) -> Iterator[dict[str, str]]:
        """The choices of every architecture; the last decision changes fastest."""
        known = self._known()
        count = known.count()
        if count > self.most:
            raise NasreidError(f"{self.space} has {count} architectures; expected at most {self.most}: make decisions "
                               "with --fix label=name, or say --most")
        yield from known.architectures()

    def some(self, number: int) -> list[dict[str, str]]:
        """So many different architectures, drawn at random from the first seed, of a space of any size."""
        known, rng = self._known(), np.random.default_rng(self.seeds[0])
        drawn: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        for _ in range(100 * number):  # of a space that is hardly larger than that, most draws repeat others
            choices = known.draw(rng)
            drawn.setdefault(tuple(choices.items()), choices)
            if len(drawn) == number:
                break
        return list(drawn.values())

    def tasks(self, output: Path, pilot: int | None = None) -> list[Task]:
        """Seeds outermost: an enumeration that is cut off has whole seeds."""
        samples = list(self.genotypes()) if pilot is None else self.some(pilot)
        return [self._task(output, choices, seed) for seed in self.seeds for choices in samples]

    def run(self, output: str | Path, workers: Workers, again: bool = False, quiet: bool = False,
            pilot: int | None = None) -> pd.DataFrame:
        """Train what is missing; writes truth.csv and space.json into `output` and returns the table.

        The same call goes on where an earlier one ended; what is done so far is in the table then, too. pilot: only so
        many architectures, whose table is pilot.csv; a whole run into the same folder does not repeat them.
        """
        output = Path(output)
        tasks = self.tasks(output, pilot)
        with Ledger(output / LEDGER) as ledger:
            if again:
                ledger.reopen(key_of(task.spec) for task in tasks)
            try:
                run(tasks, ledger, workers, "exhaust", quiet)
            finally:
                table = self._table(ledger, tasks)
                if len(table):
                    write_text(output / (TABLE if pilot is None else PILOT), table.to_csv(index=False))
        Genotype(self.space, self.space_args, {}).save(output / GENOTYPE)
        return table

    def _known(self) -> Decisions:
        return decisions(open_space(self.space, self.space_args))

    def _table(self, ledger: Ledger, tasks: Sequence[Task]) -> pd.DataFrame:
        rows, labels = [], list(self._known())
        for task in tasks:
            known = ledger.result(ledger.add(task.name, task.spec))
            if known is not None:
                made, seed = task.spec["train"]["genotype"]["choices"], task.spec["train"]["seed"]
                rows.append({**{label: made.get(label) for label in labels}, "seed": seed, **known})
        return pd.DataFrame(rows)

    def _task(self, output: Path, choices: dict[str, str], seed: int) -> Task:
        run = replace(self.like, genotype=Genotype(self.space, self.space_args, choices), seed=seed)
        spec = document(run, self.data, self.tests, self.every)
        return Task(f"{' '.join(choices.values())}, seed {seed}", spec, str(output / "jobs" / key_of(spec)))
