"""Variants compared on several data sets at once, from a few runs of each.

After Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", NeurIPS 2021: their
interquartile mean, probability of improvement and performance profile. The intervals (low, high) are those of a
stratified `Bootstrap`: they say what other seeds would give on these data sets, not what other data sets would. With
three runs or so they are too narrow; with one they are missing (NaN).

Scores of different data sets have to be made comparable first: `normalised`. Ranks are in `mean_ranks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from nasreid.errors import NasreidError, one_of
from nasreid.evaluation.bootstrap import USUAL, Bootstrap
from nasreid.evaluation.inputs import crossed, numbers

Named = Mapping[str, Mapping[str, npt.ArrayLike]]  # {dataset: {variant: (S,)}}
KEYS = ("dataset", "variant", "seed")


@dataclass(frozen=True)
class Several:
    """Scores (T, V, S) of V variants on T data sets, S runs of each; more is better."""

    datasets: tuple[str, ...]
    variants: tuple[str, ...]
    values: np.ndarray

    @classmethod
    def of(cls, scores: pd.DataFrame | Named, metric: str = "value") -> Several:
        """From {dataset: {variant: (S,)}}, or a frame with the columns dataset, variant, seed and `metric`.

        What one variant has on one data set, all have on all: what lacks, comes twice or is no finite number is refused
        by name.
        """
        frame = scores if isinstance(scores, pd.DataFrame) else _frame(scores, metric)
        (datasets, variants, _), values = crossed(frame, KEYS, metric)
        return cls(tuple(map(str, datasets)), tuple(map(str, variants)), values)

    def runs(self, variant: str) -> np.ndarray:
        """Of one variant, (T, S)."""
        return self.values[:, self.place(variant)]

    def place(self, variant: str) -> int:
        """The position of a variant along the second axis."""
        if variant not in self.variants:
            raise NasreidError(f"variant {one_of(variant, self.variants)}")
        return self.variants.index(variant)

    def others(self, reference: str) -> list[str]:
        """All variants but this one, which has to be there."""
        self.place(reference)
        return [variant for variant in self.variants if variant != reference]

    def drawn(self, variant: str, bootstrap: Bootstrap) -> np.ndarray:
        """(draws, T, S) of one variant, independent of the others."""
        return bootstrap.drawn(self.runs(variant), self.place(variant))


def normalised(scores: Several, zero: str | Mapping[str, float],
               one: str | Mapping[str, float] | None = None) -> Several:
    """(score - zero) / (one - zero) on each data set.

    zero, one: a variant, whose mean on the data set it is, or a number for each data set. Without `one` it is the mean
    of the best variant of the data set, picked by these same runs and so a little too high. The noise of either end is
    in no interval that is made of these scores. A data set on which one is not above zero is refused by name.
    """
    low = _reference(scores, zero)
    high = scores.values.mean(2).max(1) if one is None else _reference(scores, one)
    for dataset, bottom, top in zip(scores.datasets, low, high, strict=True):
        if not top > bottom:
            raise NasreidError(f"data set {dataset!r}: one is {top:g} and zero {bottom:g}; expected one above zero")
    return replace(scores, values=(scores.values - low[:, None, None]) / (high - low)[:, None, None])


def interquartile_means(scores: Several, bootstrap: Bootstrap = USUAL) -> pd.DataFrame:
    """Columns variant, iqm, low, high: the mean of the middle half of all T S runs of a variant.

    As rliable does it, a quarter of the runs, rounded down, is cut off at either end (scipy's `trim_mean`): with fewer
    than four runs it is the mean.
    """
    rows = []
    for variant in scores.variants:
        piles = scores.drawn(variant, bootstrap).reshape(bootstrap.draws, -1)  # (draws, T S)
        rows.append((variant, float(stats.trim_mean(scores.runs(variant).ravel(), 0.25)),
                     *_ends(stats.trim_mean(piles, 0.25, axis=1), scores, bootstrap)))
    return pd.DataFrame(rows, columns=["variant", "iqm", "low", "high"])


def improvement(scores: Several, reference: str, bootstrap: Bootstrap = USUAL) -> pd.DataFrame:
    """Columns variant, probability, low, high: how likely a run beats one of `reference` on the same data set.

    The mean over the data sets of `statistics.superiority`, in which a tie counts half. It needs no common scale. Runs
    of equal seeds are not paired.
    """
    rows = []
    for variant in scores.others(reference):
        again = _ahead(scores.drawn(variant, bootstrap), scores.drawn(reference, bootstrap))
        rows.append((variant, float(_ahead(scores.runs(variant), scores.runs(reference))),
                     *_ends(again, scores, bootstrap)))
    return pd.DataFrame(rows, columns=["variant", "probability", "low", "high"])


def profile(scores: Several, thresholds: Sequence[float] | np.ndarray, bootstrap: Bootstrap = USUAL) -> pd.DataFrame:
    """Columns variant, threshold, share, low, high: the share of all T S runs above each threshold (n,).

    Agarwal et al. call it the score distribution. The intervals hold at each threshold, not for the whole curve.
    """
    taus, rows = numbers(thresholds, "thresholds", 1), []
    for variant in scores.variants:
        piles = scores.drawn(variant, bootstrap).reshape(bootstrap.draws, -1)  # (draws, T S)
        rows += [(variant, float(tau), float((scores.runs(variant) > tau).mean()),
                  *_ends((piles > tau).mean(1), scores, bootstrap)) for tau in taus]
    return pd.DataFrame(rows, columns=["variant", "threshold", "share", "low", "high"])


def relative(scores: Several, reference: str, bootstrap: Bootstrap = USUAL) -> pd.DataFrame:
    """Columns dataset, variant, improvement, low, high: of the mean score over that of `reference`, in per cent of it.

    100 (score - random) / random (Yang et al., "NAS evaluation is frustratingly hard", ICLR 2020, equation 1), where
    the reference is random sampling in the same space with the same training. It needs a true zero, which `normalised`
    scores have not: a reference with a run that is not above 0 is refused by name.
    """
    base, rows = scores.runs(reference), []
    for dataset, runs in zip(scores.datasets, base, strict=True):
        if not (runs > 0).all():
            raise NasreidError(f"data set {dataset!r}: {reference!r} has a run of {runs.min():g}; expected more than 0")
    below = scores.drawn(reference, bootstrap).mean(2)  # (draws, T)
    for variant in scores.others(reference):
        gains = _gain(scores.runs(variant).mean(1), base.mean(1))
        again = _gain(scores.drawn(variant, bootstrap).mean(2), below)
        rows += [(dataset, variant, float(gains[t]), *_ends(again[:, t], scores, bootstrap))
                 for t, dataset in enumerate(scores.datasets)]
    return pd.DataFrame(rows, columns=["dataset", "variant", "improvement", "low", "high"])


def _gain(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return 100 * (ours - theirs) / theirs


def _ahead(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Mean over data sets and pairs of runs, (..., T, S) each -> (...)."""
    gaps = [np.sign(ours[..., run, None] - theirs) for run in range(ours.shape[-1])]
    return 0.5 + np.mean(gaps, axis=0).mean((-2, -1)) / 2


def _ends(values: np.ndarray, scores: Several, bootstrap: Bootstrap) -> tuple[float, float]:
    return bootstrap.ends(values, scores.values.shape[2])


def _reference(scores: Several, given: str | Mapping[str, float]) -> np.ndarray:
    """One number for each data set, (T,)."""
    if isinstance(given, str):
        return scores.runs(given).mean(1)
    missing = [dataset for dataset in scores.datasets if dataset not in given]
    if missing:
        raise NasreidError(f"no reference for data set {missing[0]!r}: expected a number for each, got "
                           f"{', '.join(map(repr, given)) or 'none'}")
    return np.array([numbers([given[dataset]], f"reference of data set {dataset!r}")[0] for dataset in scores.datasets])


def _frame(scores: Named, metric: str) -> pd.DataFrame:
    """Runs of a variant on a data set are numbered from 0."""
    rows = []
    for dataset, variants in scores.items():
        for variant, values in variants.items():
            runs = numbers(values, f"data set {dataset!r}, variant {variant!r}, scores", 1)
            if not len(runs):
                raise NasreidError(f"data set {dataset!r}, variant {variant!r}: no runs; expected some")
            rows += [(dataset, variant, run, value) for run, value in enumerate(runs)]
        if not variants:
            raise NasreidError(f"data set {dataset!r}: no variants; expected some")
    return pd.DataFrame(rows, columns=[*KEYS, metric])
