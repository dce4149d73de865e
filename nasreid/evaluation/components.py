"""What a score varies with: the search, or the retraining of what it found? Two-level variance components.

value = variant's mean + search + retraining within the search, both random, independent and of mean 0: the balanced
one-way random model of Searle, Casella and McCulloch, "Variance Components" (Wiley 1992), chapter 3. Every search is
retrained the same number of times. The estimates are right for any distribution, the intervals for normal ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation.inputs import crossed, numbers


@dataclass(frozen=True)
class Components:
    """Variances, in the score's unit squared, and their intervals.

    searches S of each variant, retrainings R of each search. within: between retrainings of one search. between:
    between searches; negative estimates are 0, and `clipped` says so: then the searches differ less than their
    retrainings explain. total: variance of a search's mean over its R retrainings, between + within / R. What one
    search or one retraining cannot tell is missing (NaN); with one retraining `total` holds both components.
    """

    searches: int
    retrainings: int
    between: float
    between_low: float
    between_high: float
    within: float
    within_low: float
    within_high: float
    total: float
    clipped: bool

    @classmethod
    def of(cls, values: np.ndarray, level: float = 0.95) -> Components:
        """values (S, R) of one variant, or (V, S, R) of V variants, whose components are taken to be the same.

        Method of moments: with the mean squares MSB between searches (V (S - 1) degrees of freedom) and MSW within them
        (V S (R - 1)), within = MSW and between = (MSB - MSW) / R. The interval of `within` is exact (chi-squared), that
        of `between` holds its level at least (Williams, Biometrika 1962; Tukey, Biometrics 1951):
        df (MSB - F MSW) / (R chi2), with the upper quantiles of F and chi2 for the lower end and the lower ones for the
        upper, not below 0.

        >>> found = Components.of(np.array([[1.0, 3.0], [5.0, 7.0]]))  # MSB 16, MSW 2
        >>> found.between, found.within, found.total
        (7.0, 2.0, 8.0)
        """
        values = _levels(values)
        if not 0 < level < 1:
            raise NasreidError(f"level {level}: expected a probability between 0 and 1, such as 0.95")
        variants, searches, retrainings = values.shape
        df, rest = variants * (searches - 1), variants * searches * (retrainings - 1)
        mean_square, within = mean_squares(values)
        between = (mean_square - within) / retrainings
        spread = within if between < 0 else mean_square
        return cls(searches, retrainings, between if np.isnan(between) else max(0.0, between),
                   *_between(mean_square, within, retrainings, df, rest, level), within,
                   *_within(within, rest, level), spread / retrainings, bool(between < 0))

    def error(self, searches: int | None = None, retrainings: int | None = None) -> float:
        """Standard error of a variant's mean over so many searches, each retrained so often; by default, over these.

        sqrt((between + within / R) / S) with the components as they are here, clipped: it is never less than what the
        noise of retrainings alone makes. Retrainings of one search are no independent runs: sd / sqrt(S R) is too
        small.
        """
        searches = self.searches if searches is None else searches
        retrainings = self.retrainings if retrainings is None else retrainings
        if searches < 1 or retrainings < 1:
            raise NasreidError(f"{searches} searches, {retrainings} retrainings: expected at least 1 of each")
        known = retrainings == self.retrainings
        return float(np.sqrt((self.total if known else self.between + self.within / retrainings) / searches))

    def best_retrainings(self, cost: float) -> float:
        """Retrainings of each search that make the error of a variant's mean least for a given budget.

        cost c: of a search, in retrainings. A budget of S (c + R) gives the squared error (c + R) (between + within /
        R) / budget, which is least at R* = sqrt(c within / between) (Cochran, "Sampling Techniques", two-stage
        sampling): of the whole numbers beside it the better one, at least 1. Infinite where searches do not differ (one
        of them is enough), missing (NaN) where a component is.
        """
        if not (np.isfinite(cost) and cost >= 0):
            raise NasreidError(f"cost {cost}: expected that of a search in retrainings, at least 0")
        if np.isnan(self.between) or np.isnan(self.within):
            return np.nan
        if self.between == 0:
            return np.inf if cost * self.within > 0 else 1.0
        floor = max(1.0, float(np.floor(np.sqrt(cost * self.within / self.between))))
        return min((floor, floor + 1), key=lambda r: (cost + r) * (self.between + self.within / r))

    def words(self) -> str:
        """One line for people."""
        if np.isnan(self.between) or np.isnan(self.within):
            return (f"{self.searches} searches with {self.retrainings} retrainings each: expected at least 2 of both, "
                    "to tell the noise of searches from that of retrainings")
        clipped = ", estimated below 0" * self.clipped
        return (f"sd between searches {self.between**0.5:.2f} ({self.between_low**0.5:.2f} to "
                f"{self.between_high**0.5:.2f}{clipped}), of retrainings {self.within**0.5:.2f} "
                f"({self.within_low**0.5:.2f} to {self.within_high**0.5:.2f}), of a variant's mean {self.error():.2f}")


def mean_squares(values: np.ndarray) -> tuple[float, float]:
    """Those between searches and within them of values (V, S, R): (MSB, MSW); NaN where one search, or one retraining,
    cannot tell."""
    _, searches, retrainings = values.shape
    between = retrainings * float(values.mean(2).var(axis=1, ddof=1).mean()) if searches > 1 else np.nan
    return between, float(values.var(axis=2, ddof=1).mean()) if retrainings > 1 else np.nan


def components(frame: pd.DataFrame, metric: str = "value", level: float = 0.95) -> pd.DataFrame:
    """One row for each variant of a table with the columns variant, seed (of the search), retraining and `metric`.

    Columns: variant, mean, error (its standard error) and the fields of `Components`. Retrainings are numbered alike in
    every search; a search or retraining that one variant has and another lacks is refused by name.
    """
    (variants, _, _), values = crossed(frame, ["variant", "seed", "retraining"], metric)
    found = [Components.of(some, level) for some in values]
    return pd.DataFrame([{"variant": variant, "mean": float(some.mean()), "error": one.error(), **vars(one)}
                         for variant, some, one in zip(variants, values, found, strict=True)])


def pooled(frame: pd.DataFrame, metric: str = "value", level: float = 0.95) -> Components:
    """The components of all variants of such a table together: what a plan for the next comparison should use."""
    return Components.of(crossed(frame, ["variant", "seed", "retraining"], metric)[1], level)


def _levels(values: np.ndarray) -> np.ndarray:
    """As (V, S, R)."""
    found = numbers(values, "values")
    if found.ndim not in (2, 3) or not found.size:
        raise NasreidError(f"values of the shape {found.shape}: expected (searches, retrainings), or variants before")
    return found if found.ndim == 3 else found[None]


def _between(mean_square: float, within: float, retrainings: int, df: int, rest: int,
             level: float) -> tuple[float, float]:
    if not df or not rest:
        return np.nan, np.nan
    ends = [df * (mean_square - stats.f.ppf(q, df, rest) * within) / (retrainings * stats.chi2.ppf(q, df))
            for q in (0.5 + level / 2, 0.5 - level / 2)]
    return max(0.0, float(ends[0])), max(0.0, float(ends[1]))


def _within(within: float, rest: int, level: float) -> tuple[float, float]:
    if not rest:
        return np.nan, np.nan
    low, high = (rest * within / stats.chi2.ppf(q, rest) for q in (0.5 + level / 2, 0.5 - level / 2))
    return float(low), float(high)
