"""What a search finds for what it costs: one line and one band for each strategy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nasreid.pictures.colours import MARKS, palette
from nasreid.pictures.drawn import check, put
from nasreid.pictures.fonts import figure, legend

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BESIDE = 1.09  # factor between marks at one budget
MARKED = 8  # marks on a line
CHANCE = "one at random"


def budget(frame: pd.DataFrame, path: str | Path, chance: float | None = None, against: str = "images",
           unit: str = "points of mAP", searches: pd.DataFrame | None = None) -> None:
    """Draw regret (in `unit`) over what was spent: median of the searches and their middle half, as a step each.

    frame: of `nasreid.experiments.table_search.band`, with the columns strategy, `against` (images, seconds, trial),
    low, median, high. chance: regret of an architecture that is drawn at random, dashed. searches: columns strategy,
    `against`, low, median, high, one row for each strategy that ends with one budget only: a mark and a line, on
    an axis whose steps are factors.
    """
    check(frame, ["strategy", against, "low", "median", "high"], path)
    put(drawn(frame, chance, against, unit, searches), path)


def drawn(frame: pd.DataFrame, chance: float | None, against: str, unit: str,
          searches: pd.DataFrame | None = None) -> Figure:
    """The picture of `budget`, not yet in a file; the legend has the lines in the order in which they end."""
    single = [] if searches is None else searches.to_dict("records")
    tones = palette(dict.fromkeys([*(str(row["strategy"]) for row in single), *frame["strategy"]]))
    drawing = figure(5.0 + 0.08 * max(map(len, (*tones, CHANCE))), 3.4)
    axes = drawing.subplots()
    size, word = _scale(float(frame[against].max()))
    shown: dict[str, Artist] = {}
    ends: dict[str, float] = {}
    for at, row in enumerate(single):
        aside = BESIDE ** (at - (len(single) - 1) / 2)  # those with one budget stand side by side, in its order
        name, spent = str(row["strategy"]), row[against] / size * aside
        axes.plot([spent, spent], [row["low"], row["high"]], color=tones[name], linewidth=2, solid_capstyle="butt")
        (shown[name],) = axes.plot([spent], [row["median"]], MARKS[at % len(MARKS)], color=tones[name], markersize=7,
                                   markeredgecolor="white", markeredgewidth=0.7)
        ends[name] = float(row["median"])
    lines = [name for name in tones if name not in ends]
    for at, name in enumerate(lines, len(single)):
        colour = tones[name]
        part = frame[frame["strategy"] == name].sort_values(against)
        spent = part[against] / size
        axes.fill_between(spent, part["low"], part["high"], step="post", color=colour, alpha=0.13, linewidth=0)
        for edge in ("low", "high"):
            axes.plot(spent, part[edge], color=colour, alpha=0.55, linewidth=0.5, drawstyle="steps-post")
        every = max(1, len(part) // MARKED)
        begin = every * (at + 1 - len(single)) // (len(lines) + 1)  # marks of lines that meet lie side by side
        (shown[name],) = axes.plot(spent, part["median"], color=colour, linewidth=1.7, drawstyle="steps-post",
                                   marker=MARKS[at % len(MARKS)], markevery=(begin, every), markersize=5.5,
                                   markeredgecolor="white", markeredgewidth=0.7)
        ends[name] = float(part["median"].iloc[-1])
    if chance is not None:
        ends[CHANCE] = chance
        shown[CHANCE] = axes.axhline(chance, color="#444444", linewidth=1.1, linestyle=(0, (5, 3)))
    axes.set_xlabel(f"{against}{word}", fontsize=9)
    axes.set_ylabel(f"regret, {unit}", fontsize=9)
    _plain(axes)
    if single:
        least = min([*frame[against], *(row[against] for row in single)])
        axes.set_xscale("log")
        axes.set_xlim(0.7 * least / size, frame[against].max() / size)
        axes.xaxis.set_major_formatter(lambda value, place: f"{value:g}")
    names = sorted(shown, key=lambda name: -ends[name])
    legend(drawing, {name: shown[name] for name in names}, loc="outside right upper", frameon=False, fontsize=8.5)
    return drawing


def _scale(most: float) -> tuple[float, str]:
    """What numbers up to `most` are divided by, and the word for it."""
    return next(((size, f", {word}") for size, word in ((1e6, "millions"), (1e3, "thousands")) if most >= 10 * size),
                (1.0, ""))


def _plain(axes: Axes) -> None:
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#E2E2E2", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, length=2)
    axes.spines[["top", "right"]].set_visible(False)
