"""How far a table of scores (architectures x seeds) can be trusted to tell architectures apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation.components import mean_squares


@dataclass(frozen=True)
class Reliability:
    """One-way random effects: score = mean + architecture + seed within architecture.

    seeds k; seed_sd and architecture_sd: standard deviations of the two effects. icc: reliability of a mean of the k
    seeds, ICC(1, k) of Shrout and Fleiss (Psychological Bulletin 1979), with its interval (low, high) of 95 %.
    consistency: reliability of the differences between means, ICC(3, k) of the same paper: all architectures have the
    same seeds, and what a seed does to all of them alike moves no difference, no rank and no regret.
    best_minus_mean: of the means. One seed leaves all but the last unknown (NaN).
    """

    seeds: int
    seed_sd: float
    architecture_sd: float
    icc: float
    low: float
    high: float
    best_minus_mean: float
    consistency: float = np.nan
    consistency_low: float = np.nan
    consistency_high: float = np.nan

    @classmethod
    def of(cls, scores: np.ndarray) -> Reliability:
        """scores (A, k), complete; the F distribution gives the intervals.

        >>> found = Reliability.of(np.array([[1.0, 2.2], [3.0, 4.1], [5.0, 5.8]]))
        >>> round(found.icc, 3), round(found.consistency, 3)
        (0.924, 0.997)
        """
        if scores.ndim != 2 or scores.shape[0] < 2:
            raise NasreidError(f"scores of the shape {scores.shape}: expected at least two architectures (A, k)")
        n, k = scores.shape
        means = scores.mean(1)
        gain = float(means.max() - means.mean())
        if k < 2:
            return cls(k, np.nan, np.nan, np.nan, np.nan, np.nan, gain)
        between, within = mean_squares(scores[None])
        left = scores - means[:, None] - scores.mean(0) + scores.mean()  # what neither architecture nor seed explains
        rest = float((left**2).sum()) / ((n - 1) * (k - 1))
        architecture = max(0.0, (between - within) / k) ** 0.5
        alike = _share(between, 0.0 if rest < 1e-12 * within else rest, n - 1, (n - 1) * (k - 1))
        return cls(k, within**0.5, architecture, *_share(between, within, n - 1, n * (k - 1)), gain, *alike)

    def of_seeds(self, seeds: int) -> float:
        """The reliability that a mean of so many seeds would have (Spearman and Brown)."""
        signal, noise = self.architecture_sd**2, self.seed_sd**2 / seeds
        return signal / (signal + noise) if signal + noise else np.nan

    def seeds_for(self, reliability: float, most: int = 1000) -> float:
        """The least number of seeds that reaches it; NaN beyond `most`."""
        return float(next((k for k in range(1, most + 1) if self.of_seeds(k) >= reliability), np.nan))

    def words(self) -> str:
        """One line for people."""
        if np.isnan(self.icc):
            return f"one seed says nothing about its own noise; best - mean {self.best_minus_mean:.2f}"
        return (f"reliability of a mean of {self.seeds} seeds {self.icc:.2f} (95 %: {self.low:.2f} to "
                f"{self.high:.2f}), of differences between such means {self.consistency:.2f} "
                f"({self.consistency_low:.2f} to {self.consistency_high:.2f}), sd of architectures "
                f"{self.architecture_sd:.2f}, of seeds {self.seed_sd:.2f}, best - mean {self.best_minus_mean:.2f}")


def _share(between: float, error: float, df: int, rest: int) -> tuple[float, float, float]:
    """1 - error / between, mean squares with so many degrees of freedom, and its interval of 95 %."""
    if error == 0 or between == 0:
        sure = 1.0 if between else np.nan
        return sure, sure, sure
    ratio = between / error
    low = 1 - stats.f.ppf(0.975, df, rest) / ratio
    return 1 - 1 / ratio, float(low), float(1 - 1 / (ratio * stats.f.ppf(0.975, rest, df)))
