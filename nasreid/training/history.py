"""What a run has shown, step by step and epoch by epoch, and which genotype of a search is taken from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.errors import NasreidError, one_of
from nasreid.evaluation import diagnostics
from nasreid.files import read_table
from nasreid.training.loop import Probabilities, Shown

METRICS = ("step", "epoch", "name", "value")
PROBABILITIES = ("step", "epoch", "label", "candidate", "probability")
TAKES = ("last", "best", "stable")


@dataclass(frozen=True)
class History:
    """metrics: table of METRICS, one row for each value; probabilities: table of PROBABILITIES, at each epoch's end."""

    metrics: pd.DataFrame
    probabilities: pd.DataFrame

    @staticmethod
    def of(steps: Iterable[Shown]) -> History:
        """What these steps have shown."""
        steps = list(steps)
        return History(pd.DataFrame([row for step in steps for row in step.metrics()], columns=list(METRICS)),
                       pd.DataFrame([row for step in steps for row in step.candidates()], columns=list(PROBABILITIES)))

    @staticmethod
    def read(folder: Path) -> History:
        """The tables of a run folder."""
        return History(_exact(folder / "metrics.csv", "value"), _exact(folder / "probabilities.csv", "probability"))

    def taken(self, take: str, begun: int = 0) -> tuple[int, Probabilities]:
        """(epoch, probabilities {label: {candidate: p}}) of the genotype that is taken; begun: the first epoch in which
        the alphas move, as those before it say nothing of it, where there are others.

        last: of the last epoch. best: of the epoch with the highest validation mAP, the earlier one of equals. stable:
        of the genotype that was the strongest for most epochs.
        """
        if take not in TAKES:
            raise NasreidError(f"take {one_of(take, TAKES)}")
        begun = min(begun, self._last())
        late = History(*(table[table["epoch"] >= begun] for table in (self.metrics, self.probabilities)))
        epoch = {"last": late._last, "best": late._best, "stable": late._stable}[take]()
        part = self.probabilities[self.probabilities["epoch"] == epoch]
        return epoch, {str(label): dict(zip(group["candidate"], group["probability"].tolist(), strict=True))
                       for label, group in part.groupby("label", sort=False)}

    def _last(self) -> int:
        return int(self.probabilities["epoch"].max())

    def _best(self) -> int:
        scores = self.metrics[self.metrics["name"] == "validation_mAP"].reset_index(drop=True)
        if not len(scores):
            raise NasreidError("take 'best' needs the validation mAP; expected validate_every of at least 1")
        return int(scores["epoch"].iloc[int(scores["value"].to_numpy().argmax())])

    def _stable(self) -> int:
        return diagnostics.most_stable(self.probabilities)


def _exact(path: Path, column: str) -> pd.DataFrame:
    """A table whose numbers are those that were written: older versions of pandas parse floats for speed."""
    if not path.exists():
        return pd.DataFrame(columns=list(METRICS if column == "value" else PROBABILITIES))
    table = read_table(path, "label", "candidate", "name", column)
    return table.assign(**{column: table[column].map(float)})
