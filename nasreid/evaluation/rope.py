"""A region of practical equivalence (ROPE): how probable is better, equal within a margin, worse?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation.inputs import check_margin, numbers


@dataclass(frozen=True)
class Rope:
    """Posterior probabilities that the mean difference is above the margin, within it, below its negative.

    They add up to one. low, high: the central interval of the mean that has the asked probability, in the unit of the
    differences. verdict: "better", "equal" or "worse" where that has at least this probability, otherwise "undecided".
    With fewer than two differences all numbers are missing (NaN).
    """

    better: float
    equal: float
    worse: float
    low: float
    high: float
    verdict: str


def rope(differences: npt.ArrayLike, margin: float, level: float = 0.95, correlation: float = 0.0) -> Rope:
    """Bayesian t-test of paired differences (n,) with a region of practical equivalence [-margin, margin].

    Benavoli et al., "Time for a change: a tutorial for comparing multiple classifiers through Bayesian analysis", JMLR
    18 (77), 2017, section 3 (test of Corani and Benavoli, Machine Learning 2015): normal differences of one mean and
    variance under the improper prior p(mean, variance) ~ 1 / variance, which gives the mean a Student posterior with n
    - 1 degrees of freedom, located at the mean, of the squared scale (1/n + rho / (1 - rho)) s^2. `correlation` rho is
    that of two differences: 0 for independent seeds on fixed images, the test share of the images for overlapping
    splits of one data set (Nadeau and Bengio 2003). Equal differences leave no doubt: the posterior is a point.

    These are beliefs about normal differences, not error rates: who looks after every seed and stops at 95 % is wrong
    more often than in 5 % of the cases. For that there is `evidence.decide`.
    """
    values = numbers(differences, "differences", 1)
    _check(margin, level, correlation)
    n = len(values)
    if n < 2:
        return Rope(np.nan, np.nan, np.nan, np.nan, np.nan, "undecided")
    mean = float(values.mean())
    scale = float(np.std(values, ddof=1) * np.sqrt(1 / n + correlation / (1 - correlation)))
    if np.ptp(values) == 0 or scale == 0:
        better, worse, half = float(mean > margin), float(mean < -margin), 0.0
    else:
        better = float(stats.t.sf((margin - mean) / scale, n - 1))
        worse = float(stats.t.cdf((-margin - mean) / scale, n - 1))
        half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * scale
    shares = {"better": better, "equal": max(0.0, 1 - better - worse), "worse": worse}
    likely = max(shares, key=lambda name: shares[name])
    return Rope(**shares, low=mean - half, high=mean + half,
                verdict=likely if shares[likely] >= level else "undecided")


def _check(margin: float, level: float, correlation: float) -> None:
    check_margin(margin)
    if not 0.5 < level < 1:
        raise NasreidError(f"level {level}: expected a probability between 0.5 and 1, such as 0.95")
    if not 0 <= correlation < 1:
        raise NasreidError(f"correlation {correlation}: expected at least 0 and less than 1")
