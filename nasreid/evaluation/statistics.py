"""Statistics of a comparison over seeds: what an honest table needs, from a tidy frame.

A frame here has one row for each (variant, seed) and one column for each metric, e.g. mAP in per cent.
"""

from __future__ import annotations

import bisect
import itertools

import numpy as np
import pandas as pd
from scipy import stats

from nasreid.errors import NasreidError, one_of

EXACT = 14  # up to so many seeds every sign pattern is tried; beyond, `RESAMPLES` random ones
RESAMPLES = 20000


def summary(frame: pd.DataFrame, metric: str = "mAP", level: float = 0.95) -> pd.DataFrame:
    """One row for each variant: seeds n, mean, sd, and the Student-t interval of the mean (low, high).

    The order of the variants is that of the frame. With one seed sd and interval are missing (NaN).

    >>> frame = pd.DataFrame({"variant": ["a", "a"], "seed": [0, 1], "mAP": [30.0, 32.0]})
    >>> summary(frame)[["n", "mean"]].to_dict("records")
    [{'n': 2, 'mean': 31.0}]
    """
    rows = []
    for variant, values in _columns(frame, metric).items():
        kept = values.dropna().to_numpy()
        low, high = interval(kept, level)
        sd = float(np.std(kept, ddof=1)) if len(kept) > 1 else np.nan
        rows.append({"variant": variant, "n": len(kept), "mean": kept.mean() if len(kept) else np.nan, "sd": sd,
                     "low": low, "high": high})
    return pd.DataFrame(rows)


def paired(frame: pd.DataFrame, reference: str, metric: str = "mAP", level: float = 0.95,
           seed: int = 0) -> pd.DataFrame:
    """Each variant against `reference` on the seeds that both have, one row each.

    n, difference (mean of the paired differences), low and high (its t interval), p (two-sided permutation of signs),
    holm (p adjusted for the number of rows by Holm's step-down), p_min (the smallest p that n seeds can give), effect
    (Cohen's d of the paired differences with Hedges' correction), superiority (share of all pairs of runs in which the
    variant is ahead, ties half; McGraw and Wong 1992), seeds_needed (see `seeds_needed`, for a difference of 1),
    seeds_low and seeds_high (the same at the ends of the 95 % interval of the standard deviation that it comes from:
    few seeds hardly know it). Where no run of the reference is there, n is 0.

    >>> frame = pd.DataFrame({"variant": ["a", "a", "b", "b"], "seed": [0, 1, 0, 1], "mAP": [3.0, 4.0, 1.0, 3.0]})
    >>> paired(frame, "b")[["variant", "difference", "p"]].to_dict("records")
    [{'variant': 'a', 'difference': 1.5, 'p': 0.5}]
    """
    columns = _columns(frame, metric)
    theirs = columns[reference] if reference in columns else pd.Series(dtype=float)
    rng = np.random.default_rng(seed)
    rows = [_against(columns[name], theirs, str(name), level, rng) for name in columns if name != reference]
    table = pd.DataFrame(rows)
    return table.assign(holm=holm(table["p"].to_numpy())) if len(table) else table


def interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Student-t interval of the mean of values (n,); NaN with fewer than two.

    >>> [round(end, 2) for end in interval(np.array([1.0, 2.0, 3.0]))]
    [-0.48, 4.48]
    """
    if len(values) < 2:
        return np.nan, np.nan
    half = stats.t.ppf(0.5 + level / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def permutation(differences: np.ndarray, rng: np.random.Generator) -> float:
    """Two-sided p of paired differences (n,) under random signs: exact up to 14 of them, else 20,000 draws.

    >>> permutation(np.array([1.0, 2.0, 3.0]), np.random.default_rng(0))
    0.25
    """
    differences = np.asarray(differences, dtype=np.float64)
    if not len(differences):
        return np.nan
    if len(differences) <= EXACT:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(differences))))
    else:
        signs = rng.choice((1.0, -1.0), (RESAMPLES, len(differences)))
        signs[0] = 1.0  # the pattern that was seen belongs to the distribution
    sums, rounding = np.abs(signs @ differences), 1e-12 * np.abs(differences).sum()
    return float(np.mean(sums >= np.abs(differences.sum()) - rounding))


def superiority(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Probability that a run of `ours` (n,) beats one of `theirs` (m,), over all pairs; a tie counts half.

    >>> superiority(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    gaps = np.subtract.outer(ours, theirs)
    return float(np.mean((gaps > 0) + 0.5 * (gaps == 0)))


def effect(differences: np.ndarray) -> float:
    """Mean over standard deviation of paired differences (n,), with Hedges' correction for small n.

    >>> round(effect(np.array([1.0, 2.0, 3.0])), 3)
    1.143
    """
    n = len(differences)
    if n < 2 or np.ptp(differences) == 0:
        return np.nan
    correction = 1 - 3 / (4 * (n - 1) - 1) if n > 2 else 1.0
    return float(correction * differences.mean() / np.std(differences, ddof=1))


def seeds_needed(sd: float, difference: float = 1.0, power: float = 0.8, alpha: float = 0.05,
                 most: int = 10000) -> float:
    """Pairs of runs with which a two-sided paired t-test sees `difference` with that power; NaN beyond `most`.

    sd: standard deviation of the paired differences, in the unit of `difference`.

    >>> seeds_needed(1.0)
    10.0
    """
    if not np.isfinite(sd):
        return np.nan
    if sd == 0:
        return 2.0
    counts = range(2, most + 1)  # the power grows with them, so halving finds the first that has it
    first = bisect.bisect_left(counts, True, key=lambda n: _seen(n, difference / sd * np.sqrt(n), power, alpha))
    return float(counts[first]) if first < len(counts) else np.nan


def _seen(n: int, shift: float, power: float, alpha: float) -> bool:
    """Whether a t-test of n pairs, noncentral by `shift`, has that power."""
    critical = stats.t.ppf(1 - alpha / 2, n - 1)
    other = np.nan_to_num(stats.nct.cdf(-critical, n - 1, shift))  # NaN where it underflows
    return bool(stats.nct.sf(critical, n - 1, shift) + other >= power)


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's step-down adjustment of p values (m,).

    >>> holm(np.array([0.01, 0.04])).tolist()
    [0.02, 0.04]
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted


def _columns(frame: pd.DataFrame, metric: str) -> dict[str, pd.Series]:
    if metric not in frame:
        raise NasreidError(f"metric {one_of(metric, map(str, frame.columns))}")
    doubled = frame.duplicated(["variant", "seed"])
    if doubled.any():
        row = frame[doubled].iloc[0]
        raise NasreidError(f"variant {row['variant']!r} has seed {row['seed']} twice: expected one row each")
    return {str(v): frame[frame["variant"] == v].set_index("seed")[metric] for v in frame["variant"].unique()}


def _against(ours: pd.Series, theirs: pd.Series, name: str, level: float,
             rng: np.random.Generator) -> dict[str, object]:
    both = pd.concat([ours, theirs], axis=1, join="inner").dropna().to_numpy()
    differences = both[:, 0] - both[:, 1]
    low, high = interval(differences, level)
    sd = float(np.std(differences, ddof=1)) if len(differences) > 1 else np.nan
    return {"variant": name, "n": len(differences), "difference": differences.mean() if len(differences) else np.nan,
            "low": low, "high": high, "p": permutation(differences, rng), "p_min": 2.0 ** (1 - len(differences)),
            "effect": effect(differences), "superiority": superiority(both[:, 0], both[:, 1]) if len(both) else np.nan,
            "seeds_needed": seeds_needed(sd), **_seeds_known(sd, len(differences))}


def _seeds_known(sd: float, n: int) -> dict[str, float]:
    """How far the number of seeds is known, as the variance is: its interval by chi-square with n - 1 degrees."""
    ends = stats.chi2.ppf([0.975, 0.025], n - 1) if n > 1 else np.full(2, np.nan)
    low, high = sd * np.sqrt((n - 1) / ends) if n > 1 else ends
    return {"seeds_low": seeds_needed(float(low)), "seeds_high": seeds_needed(float(high))}
