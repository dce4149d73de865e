"""python -m benchmarks.pareto_front: what searches of the micro space find for how many multiply-adds, with intervals.

NSGA-II and random search, 60 trials each, are played on the table of truth: within each budget a search would return
the best that it has seen, of which the table knows the true mAP. Beside them stand the searches of
`nasreid compare --config benchmarks/compare/micro-price.yaml`, which pay (their runs.csv), each variant a mark.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasreid.evaluation.pareto import front
from nasreid.evaluation.statistics import interval
from nasreid.experiments.table_search import play
from nasreid.experiments.truth import Truth
from nasreid.files import write_text
from nasreid.pictures.colours import palette
from nasreid.pictures.drawn import put
from nasreid.pictures.fonts import figure, legend

COST, TRIALS = "multiply_adds", 60


def found(truth: Truth, name: str, seed: int, budgets: np.ndarray) -> list[float]:
    """True mAP of what one search would return within each of the budgets; NaN where it has seen nothing so cheap."""
    rows = play(truth, name, TRIALS, seed)
    places, seen = rows["place"].to_numpy(), rows["seen"].to_numpy()
    costs = truth.facts[COST].to_numpy()[places]
    return [truth.scores[places[np.where(costs <= most, seen, -np.inf).argmax()]] if (costs <= most).any() else np.nan
            for most in budgets]


def bars(values: np.ndarray) -> tuple[float, float, float, int]:
    """Mean, ends of its 95 % interval, and how many searches (S,) have one."""
    there = values[~np.isnan(values)]
    low, high = interval(there) if len(there) > 1 else (np.nan, np.nan)
    return float(there.mean()) if len(there) else np.nan, low, high, len(there)


def priced(truth: Truth, runs: Path) -> pd.DataFrame:
    """A row a variant of a comparison: cost and mAP, means with intervals."""
    table = pd.read_csv(runs)
    places = np.array([truth.place(json.loads(choices)) for choices in table["choices"]])
    table = table.assign(cost=truth.facts[COST].to_numpy()[places], mAP=truth.scores[places])
    rows = []
    for name, part in table.groupby("variant", sort=False):
        middle, low, high, count = bars(part["mAP"].to_numpy())
        rows.append({"search": f"TCM, {name}", "budget": part["cost"].mean(), "mAP": middle, "low": low, "high": high,
                     "searches": count})
    return pd.DataFrame(rows)


def rows_of(truth: Truth, seeds: int, runs: Path | None) -> pd.DataFrame:
    """search, budget, mAP, low, high, searches: a row for each mark of the picture."""
    costs = truth.facts[COST].to_numpy(float)
    known = np.unique(costs)
    budgets = known[np.append(np.diff(known) > np.ptp(known) / 20, True)]  # the dearest before each gap
    rows = []
    for name in ("nsga2", "random"):
        values = np.array([found(truth, name, seed, budgets) for seed in range(seeds)])  # (S, B)
        for budget, column in zip(budgets, values.T, strict=True):
            middle, low, high, count = bars(column)
            rows.append({"search": {"nsga2": "NSGA-II", "random": "random"}[name], "budget": budget, "mAP": middle,
                         "low": low, "high": high, "searches": count})
    made = pd.DataFrame(rows)
    return made if runs is None else pd.concat([made, priced(truth, runs)], ignore_index=True)


def picture(truth: Truth, rows: pd.DataFrame, scale: Callable[[Any], Any] = lambda c: c / 1e6):
    """Dots of all networks, the true front, and the searches with their intervals."""
    costs = truth.facts[COST].astype(float)
    best = front(truth.scores, costs.to_numpy(float))
    order = np.argsort(costs[best].to_numpy())
    drawing = figure(6.4, 3.4)
    axes, shown = drawing.subplots(), {}
    (shown["all 1,024 networks"],) = axes.plot(scale(costs), truth.scores, ".", color="#d0d0d0", markersize=2.5)
    line = [np.append(values, values.max()) for values in (costs[best].to_numpy()[order], truth.scores[best][order])]
    line[0][-1] = costs.max()
    (shown["true front"],) = axes.plot(scale(line[0]), line[1], color="#7a7a7a", linewidth=1, drawstyle="steps-post")
    names = list(dict.fromkeys(rows["search"]))
    tones = palette(names)
    for at, name in enumerate(names):
        part = rows[rows["search"] == name].dropna(subset=["mAP"])
        x = scale(part["budget"]) + 0.008 * (at - 1)  # side by side
        axes.vlines(x, part["low"].fillna(part["mAP"]), part["high"].fillna(part["mAP"]), color=tones[name])
        (shown[name],) = axes.plot(x, part["mAP"], "oDs^vP"[at % 6], color=tones[name], markersize=5,
                                   markeredgecolor="white", markeredgewidth=0.6)
    axes.set_xlabel("multiply-adds of one image in millions", fontsize=8)
    axes.set_ylabel("mAP in per cent, mean and 95 % interval", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    legend(drawing, shown, loc="outside right upper", frameon=False, fontsize=8)
    return drawing


def main() -> None:
    """Write the picture and its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--runs", type=Path, help="runs.csv of the comparison of prices")
    parser.add_argument("--output", default="benchmarks/pictures/pareto.png")
    parser.add_argument("--table", default="benchmarks/compare/micro-pareto.csv")
    given = parser.parse_args()
    truth = Truth.load("micro")
    rows = rows_of(truth, given.seeds, given.runs)
    write_text(given.table, rows.round(2).to_csv(index=False))
    put(picture(truth, rows), given.output)
    print(rows.round(2).to_string(index=False))


if __name__ == "__main__":
    main()
