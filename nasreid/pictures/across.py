"""Variants over several data sets: performance profiles, a critical-difference diagram, interquartile means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from nasreid.pictures.colours import MARKS, palette
from nasreid.pictures.fonts import figure, legend

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nasreid.evaluation.mean_ranks import MeanRanks

MARKED = 8  # marks on a line
DARK = "#222222"
BAR = 4.5  # width of the bars that join what does not differ


def profiles(table: pd.DataFrame, scale: str) -> Figure:
    """The share of runs above each score, a line for each variant and a band for its interval; higher is better.

    table: of `nasreid.evaluation.several.profile`, thresholds ascending. scale: what the scores are, under the axis.
    """
    tones = palette(dict.fromkeys(table["variant"]))
    drawing = figure(5.0 + _width(tones), max(3.4, 0.4 + 0.2 * len(tones)))
    axes = drawing.subplots()
    shown: dict[str, Artist] = {}
    for at, (name, colour) in enumerate(tones.items()):
        part = table[table["variant"] == name]
        if np.isfinite(np.asarray(part["low"])).all():
            axes.fill_between(part["threshold"], part["low"], part["high"], color=colour, alpha=0.13, linewidth=0)
        every = max(1, len(part) // MARKED)
        begin = every * (at + 1) // (len(tones) + 1)  # marks of lines that meet lie side by side
        (shown[name],) = axes.plot(part["threshold"], part["share"], color=colour, linewidth=1.7,
                                   marker=MARKS[at % len(MARKS)], markevery=(begin, every), markersize=5.5,
                                   markeredgecolor="white", markeredgewidth=0.7)
    axes.set_xlim(table["threshold"].min(), table["threshold"].max())
    axes.set_ylim(-0.02, 1.03)
    axes.set_xlabel(scale, fontsize=9)
    axes.set_ylabel("share of runs above", fontsize=9)
    axes.grid(axis="y", color="#E2E2E2", linewidth=0.6)
    _plain(axes)
    legend(drawing, shown, loc="outside right upper", frameon=False, fontsize=8.5)
    return drawing


def means(table: pd.DataFrame, scale: str) -> Figure:
    """Interquartile mean and interval of each variant, a line each; the rule at 0 is the reference.

    table: of `nasreid.evaluation.several.interquartile_means`. scale: what the scores are, under the axis.
    """
    names = list(table["variant"])
    tones = palette(names)
    drawing = figure(5.0 + _width(names), 0.9 + 0.42 * len(names))
    axes = drawing.subplots()
    axes.axvline(0, color="#444444", linewidth=1)
    for place, row in enumerate(table.to_dict("records")):
        colour = tones[row["variant"]]
        if not np.isnan(row["low"]):
            axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot([row["iqm"]], [place], "D", color=colour, markersize=5.5, markeredgecolor="white",
                  markeredgewidth=0.8)
        axes.annotate(f"{row['iqm']:.2f}", (row["iqm"], place), xytext=(0, -6), fontsize=7.5,
                      textcoords="offset points", ha="center", va="top",
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(f"interquartile mean, {scale}", fontsize=9)
    axes.grid(axis="x", color="#E2E2E2", linewidth=0.6)
    _plain(axes)
    return drawing


def critical_differences(ranks: MeanRanks, variants: Sequence[str]) -> Figure:
    """Demšar 2006, figure 1: mean ranks on an axis, the best to the right; a thick bar joins what does not differ.

    variants: all of them in the order of the other pictures, whose colours they have here, too.
    """
    names, count, tones = list(ranks.ranks), len(ranks.ranks), palette(variants)
    better = names[: (count + 1) // 2]  # they are written on the right, the others on the left
    first = 0.45 + 0.26 * len(ranks.groups)  # row of the first name, under the bars
    rows = first + 0.36 * (len(better) - 1)
    drawing = figure(4.6 + 2 * _width(names), 0.75 + 0.62 * (rows + 1.1))
    axes = drawing.subplots()
    room = 0.04 * (count - 1)
    right, left = min(1.0, count - ranks.critical_difference) - room, count + room
    _axis(axes, count)
    axes.plot([count, count - ranks.critical_difference], [-0.8, -0.8], "|-", color=DARK, linewidth=1.2, markersize=7)
    axes.annotate(f"critical difference {ranks.critical_difference:.2f}", (count, -0.8), xytext=(0, 5), fontsize=8,
                  textcoords="offset points", ha="left", va="bottom")
    for row, group in enumerate(ranks.groups):
        ends = [ranks.ranks[group[-1]] + room / 2, ranks.ranks[group[0]] - room / 2]
        axes.plot(ends, [0.3 + 0.26 * row] * 2, color=DARK, linewidth=BAR, solid_capstyle="butt")
    for side, edge, inward in ((better, right, "left"), (names[: len(better) - 1 : -1], left, "right")):
        for row, name in enumerate(side):  # the outermost first, so that no two lines cross
            rank, low = ranks.ranks[name], first + 0.36 * row
            axes.plot([rank, rank, edge], [0, low, low], color=tones[name], linewidth=1.3, marker="o", markersize=5,
                      markevery=[0], clip_on=False)
            axes.annotate(f"{name}  {rank:.2f}", (edge, low), xytext=(4 if inward == "left" else -4, 0), fontsize=9,
                          textcoords="offset points", ha=inward, va="center")
    axes.set_xlim(left, right)
    axes.set_ylim(rows + 0.2, -1.1)
    axes.set_axis_off()
    return drawing


def _axis(axes: Axes, count: int) -> None:
    """From the last rank to the first, a mark at each, a number at up to ten of them."""
    axes.plot([count, 1], [0, 0], color=DARK, linewidth=1.2)
    axes.vlines(range(1, count + 1), -0.12, 0, color=DARK, linewidth=1.0)
    for rank in range(1, count + 1, max(1, ceil((count - 1) / 9))):
        axes.annotate(f"{rank}", (rank, -0.12), xytext=(0, 2), textcoords="offset points", fontsize=8, ha="center",
                      va="bottom")


def _width(names: Iterable[str]) -> float:
    """Of the longest name, in inches."""
    return 0.08 * max(map(len, names))


def _plain(axes: Axes) -> None:
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, length=2)
    axes.spines[["top", "right"]].set_visible(False)
