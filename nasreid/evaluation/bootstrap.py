"""The stratified bootstrap: runs of each data set drawn anew, data sets left as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nasreid.errors import NasreidError


@dataclass(frozen=True)
class Bootstrap:
    """Agarwal et al., NeurIPS 2021, section 4.1: `draws` times, percentile intervals of probability `level`.

    seed fixes all draws.
    """

    level: float = 0.95
    draws: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise NasreidError(f"level {self.level}: expected a probability between 0 and 1, such as 0.95")
        if self.draws < 1:
            raise NasreidError(f"draws {self.draws}: expected at least 1")

    def drawn(self, runs: np.ndarray, stream: int) -> np.ndarray:
        """runs (T, S) of T data sets -> (draws, T, S), with replacement in each; another stream is independent."""
        generator = np.random.default_rng([self.seed, stream])
        chosen = generator.integers(0, runs.shape[1], (self.draws, *runs.shape))
        return np.take_along_axis(runs[None], chosen, axis=2)

    def ends(self, values: np.ndarray, runs: int) -> tuple[float, float]:
        """Low and high of a statistic's values (draws,); NaN with fewer than two runs, which cannot vary."""
        if runs < 2:
            return np.nan, np.nan
        low, high = np.quantile(values, [0.5 - self.level / 2, 0.5 + self.level / 2])
        return float(low), float(high)


USUAL = Bootstrap()
