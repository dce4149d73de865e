"""Does a ranking of variants survive another recipe of retraining?

A frame here has the columns variant, seed (of the search), recipe, retraining and one for each metric.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from nasreid.evaluation.statistics import interval


def by_recipe(frame: pd.DataFrame, metric: str = "mAP") -> pd.DataFrame:
    """One row for each recipe and variant: n searches, mean of the searches' means over their retrainings, its interval
    (low, high; Student t over the searches), and rank (1 is best) among the variants of the recipe."""
    rows = []
    for (recipe, variant), values in _searches(frame, metric).groupby(["recipe", "variant"], sort=False)[metric]:
        low, high = interval(values.to_numpy())
        rows.append({"recipe": recipe, "variant": variant, "n": len(values), "mean": values.mean(), "low": low,
                     "high": high})
    table = pd.DataFrame(rows)
    return table.assign(rank=table.groupby("recipe")["mean"].rank(ascending=False, method="min").astype(int))


def survival(frame: pd.DataFrame, metric: str = "mAP") -> pd.DataFrame:
    """One row for each recipe but the first, against the first.

    tau: Kendall's of the variants' means. pairs of variants, and kept: those in the same order by both recipes.
    reversed: pairs whose order is the other one, and beyond doubt by both: both 95 % intervals of the paired difference
    leave 0 on opposite sides.
    """
    searches = _searches(frame, metric)
    wide = {recipe: part.pivot(index="seed", columns="variant", values=metric)
            for recipe, part in searches.groupby("recipe", sort=False)}
    (own, first), *others = wide.items()
    rows = []
    for recipe, second in others:
        names = [name for name in first if name in second]
        pairs = list(itertools.combinations(names, 2))
        signs = [(np.sign(first[a].mean() - first[b].mean()), np.sign(second[a].mean() - second[b].mean()))
                 for a, b in pairs]
        turned = [f"{a}, {b}" for a, b in pairs if _side(first[a] - first[b]) * _side(second[a] - second[b]) < 0]
        found: Any = stats.kendalltau(first[names].mean(), second[names].mean())  # NaN for a single variant
        rows.append({"recipe": recipe, "against": own, "tau": float(found.statistic), "pairs": len(pairs),
                     "kept": sum(a == b for a, b in signs), "reversed": "; ".join(turned)})
    return pd.DataFrame(rows)


def _searches(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A row for each search and recipe: the mean over the retrainings."""
    return frame.groupby(["recipe", "variant", "seed"], sort=False)[metric].mean().reset_index()


def _side(differences: pd.Series) -> int:
    """1 or -1 where the interval of the mean is above or below 0, else 0."""
    low, high = interval(differences.dropna().to_numpy())
    return int(low > 0) - int(high < 0)
