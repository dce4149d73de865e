"""Scores: CMC, mAP and mINP, of one trial or as the mean of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nasreid.errors import NasreidError
from nasreid.files import Document


@dataclass(frozen=True)
class Scores:
    """Retrieval scores, as fractions of one.

    cmc (R,): cmc[r - 1] is the share of queries with a true match among the first r. map: mean average precision,
    the mean of the precision at each true match. minp: mean inverse negative penalty, the number of true matches over
    the rank of the last one (Ye et al., "Deep learning for person re-identification: a survey and outlook", TPAMI
    2022). queries: how many were scored. skipped: how many had no match left. protocol: in words. label: of a row,
    where a data set has several. trials: what this is the mean of; queries and skipped are then those of one trial, on
    average.
    """

    cmc: np.ndarray
    map: float
    minp: float
    queries: int
    skipped: int
    protocol: str
    label: str = ""
    trials: tuple[Scores, ...] = ()

    @property
    def rank1(self) -> float:
        """Share of queries whose nearest gallery image is a true match."""
        return float(self.cmc[0])

    def table(self) -> Document:
        """One row for a table; mAP, mINP and the ranks in per cent, over trials with their standard deviations."""
        row = {name: round(value, 2) for name, value in self._figures().items()}
        if self.trials:
            every = [trial._figures() for trial in self.trials]
            spread = {name: float(np.std([one[name] for one in every], ddof=min(1, len(every) - 1))) for name in row}
            row = {**row, **{f"{name} std": round(value, 2) for name, value in spread.items()}, "trials": len(every)}
        head: Document = {"label": self.label} if self.label else {}
        return {**head, **row, "queries": self.queries, "skipped": self.skipped, "protocol": self.protocol}

    def __str__(self) -> str:
        """A line for each figure of the row, trials as mean ± standard deviation."""
        row = self.table()
        found = [(name, f"{value} ± {row[f'{name} std']}" if f"{name} std" in row else value)
                 for name, value in row.items()]
        return "\n".join(f"{name:9} {value}" for name, value in found if not name.endswith(" std"))

    def _figures(self) -> dict[str, float]:
        ranks = {f"rank-{r}": 100 * float(self.cmc[r - 1]) for r in (1, 5, 10, 20) if r <= len(self.cmc)}
        return {"mAP": 100 * self.map, **ranks, "mINP": 100 * self.minp}


def average(trials: Sequence[Scores]) -> Scores:
    """Mean of the scores of trials, each of the same weight; a single one stays as it is.

    Standard deviations, in the table, are those of a sample (n - 1). Raises NasreidError when there is none.
    """
    if not trials:
        raise NasreidError("the mean of no trials: expected at least one")
    if len(trials) == 1:
        return trials[0]
    length = min(len(trial.cmc) for trial in trials)
    cmc = np.mean([trial.cmc[:length] for trial in trials], 0)
    means = np.mean([(trial.map, trial.minp, trial.queries, trial.skipped) for trial in trials], 0).tolist()
    counts = round(means[2]), round(means[3])
    return Scores(cmc, means[0], means[1], *counts, trials[0].protocol, trials[0].label, tuple(trials))


def summarise(found: Sequence[np.ndarray], length: int, protocol: str = "") -> Scores:
    """Scores from the places of the true matches of each query; `length` R is how far the CMC goes.

    >>> summarise([np.array([0, 2]), np.array([1])], 2).cmc.tolist()
    [0.5, 1.0]
    """
    counts = np.array([len(places) for places in found], np.int64)
    valid = counts[counts > 0]
    if not len(valid):
        raise NasreidError(f"none of {len(found)} queries has a match in the gallery: expected at least one")
    flat, first = np.concatenate(found), np.cumsum(valid) - valid
    cmc = np.bincount(np.minimum(flat[first], length), minlength=length + 1)[:length].cumsum() / len(valid)
    nth = np.arange(len(flat)) - np.repeat(first, valid) + 1
    precision = np.add.reduceat(nth / (flat + 1), first) / valid
    penalty = valid / (flat[first + valid - 1] + 1)
    mean = float(np.mean(precision)), float(np.mean(penalty))
    return Scores(cmc, *mean, queries=len(valid), skipped=len(found) - len(valid), protocol=protocol)
