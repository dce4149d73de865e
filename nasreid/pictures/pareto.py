"""Accuracy against cost: every architecture a dot, and the front that nothing beats in both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nasreid.pictures.drawn import check, put
from nasreid.pictures.fonts import figure, legend

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

UNITS = ((1e9, " in billions"), (1e6, " in millions"), (1e3, " in thousands"))


def pareto(frame: pd.DataFrame, path: str | Path, cost: str = "multiply_adds") -> None:
    """Draw the columns mAP (per cent) and `cost` of a frame, a dot a row; front (bool) marks those of the front.

    low and high, where they are there, are the ends of the bars of a row's error.
    """
    check(frame, ["mAP", cost, "front"], path)
    put(drawn(frame, cost), path)


def drawn(frame: pd.DataFrame, cost: str) -> Figure:
    """The picture of `pareto`, not yet in a file."""
    largest = float(frame[cost].max())
    size, word = next(((size, word) for size, word in UNITS if largest >= size), (1.0, ""))
    drawing = figure(5.2, 3.2)
    axes = drawing.subplots()
    best, rest = frame[frame["front"]].sort_values(cost), frame[~frame["front"]]
    shown = {}
    if len(rest):
        (shown["tried"],) = axes.plot(rest[cost] / size, rest["mAP"], "o", color="#9a9a9a", markersize=4,
                                      markeredgecolor="white", markeredgewidth=0.4)
    if {"low", "high"} <= set(frame):
        axes.vlines(best[cost] / size, best["low"], best["high"], color="#1f6fb2", linewidth=1.2)
    axes.plot(best[cost] / size, best["mAP"], color="#1f6fb2", linewidth=1, drawstyle="steps-post")
    (shown["front"],) = axes.plot(best[cost] / size, best["mAP"], "D", color="#1f6fb2", markersize=5.5,
                                  markeredgecolor="white", markeredgewidth=0.6)
    axes.set_xlabel(f"{cost.replace('_', '-')} of one image{word}" if cost != "parameters" else f"parameters{word}",
                    fontsize=9)
    axes.set_ylabel("mAP in per cent", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    legend(drawing, shown, loc="outside right upper", frameon=False, fontsize=8.5)
    return drawing
