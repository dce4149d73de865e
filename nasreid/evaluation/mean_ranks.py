"""Mean ranks of variants over data sets, with Friedman's test and Nemenyi's critical difference.

Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7, 2006, sections 3.2.2 and 3.2.3. One
data set counts as one observation, however many runs it has: with four variants on three data sets the critical
difference is 2.71 of at most 3 ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation.several import Several


@dataclass(frozen=True)
class MeanRanks:
    """Numbers of a critical-difference diagram.

    ranks {variant: mean rank}, best first; 1 is the best. friedman and p: Friedman's chi-squared, corrected for ties,
    with its p. iman_davenport and p_f: the less conservative F of Iman and Davenport. critical_difference: two mean
    ranks further apart differ at `alpha` (Nemenyi). groups: largest sets of variants that do not, the bars of the
    diagram, each best first. Where all variants are tied on all data sets, tests are missing (NaN).
    """

    ranks: dict[str, float]
    datasets: int
    alpha: float
    friedman: float
    p: float
    iman_davenport: float
    p_f: float
    critical_difference: float
    groups: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, scores: Several, alpha: float = 0.05) -> MeanRanks:
        """Ranks of the means over the runs on each data set; more is better, ties share their mean rank."""
        datasets, k, _ = scores.values.shape
        if datasets < 2 or k < 2:
            raise NasreidError(f"{datasets} data sets and {k} variants: expected at least two of each")
        if not 0 < alpha < 1:
            raise NasreidError(f"alpha {alpha}: expected a probability of error between 0 and 1, such as 0.05")
        table = stats.rankdata(-scores.values.mean(2), axis=1)  # (T, V)
        mean = table.mean(0)
        order = np.argsort(mean, kind="stable")
        ranks = {scores.variants[place]: float(mean[place]) for place in order}
        difference = critical_difference(k, datasets, alpha)
        return cls(ranks, datasets, alpha, *_tests(table), difference, _groups(ranks, difference))


def critical_difference(variants: int, datasets: int, alpha: float = 0.05) -> float:
    """q sqrt(k (k + 1) / (6 N)) for k variants on N data sets.

    q: quantile of the studentised range of k for infinitely many degrees of freedom over sqrt(2), Demšar's table 5a.

    >>> round(critical_difference(4, 14), 2)  # Demšar's example, section 3.2.4, has 4 classifiers on 14 data sets
    1.25
    """
    q = stats.studentized_range.ppf(1 - alpha, variants, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(variants * (variants + 1) / (6 * datasets)))


def _tests(table: np.ndarray) -> tuple[float, float, float, float]:
    """Friedman's statistic and p, Iman and Davenport's and its p, of ranks (N, k).

    chi2 = (k - 1) sum_j (sum_i r_ij - N (k + 1) / 2)^2 / sum_ij (r_ij - (k + 1) / 2)^2, which without ties is Demšar's
    12 N / (k (k + 1)) (sum_j R_j^2 - k (k + 1)^2 / 4); F = (N - 1) chi2 / (N (k - 1) - chi2).
    """
    n, k = table.shape
    spread = float(np.square(table - (k + 1) / 2).sum())
    if spread == 0:
        return np.nan, np.nan, np.nan, np.nan
    chi2 = float((k - 1) * np.square(table.sum(0) - n * (k + 1) / 2).sum() / spread)
    rest = n * (k - 1) - chi2
    f = (n - 1) * chi2 / rest if rest > 1e-9 * n * k else np.inf  # all data sets agree
    return chi2, float(stats.chi2.sf(chi2, k - 1)), f, float(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))


def _groups(ranks: dict[str, float], difference: float) -> tuple[tuple[str, ...], ...]:
    """Of variants ordered by rank: two or more neighbours within the difference, in no longer run of such."""
    names, values = list(ranks), np.array(list(ranks.values()))
    last = np.searchsorted(values, values + difference * (1 + 1e-12), side="right")
    starts = [0, *(at for at, (before, here) in enumerate(pairwise(last), 1) if here > before)]
    return tuple(tuple(names[at : last[at]]) for at in starts if last[at] - at > 1)
