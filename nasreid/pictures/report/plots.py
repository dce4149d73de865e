"""The pictures of a comparison's report: every seed a dot, every interval a line."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nasreid.pictures.colours import MARKS, palette
from nasreid.pictures.fonts import few_colours, figure, legend, save

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


ALIKE = 0.02  # of a cost: an axis is not stretched over less
REST = "#BBBBBB"


def scores(frame: pd.DataFrame, table: pd.DataFrame, metric: str) -> Figure:
    """Every run as a dot, mean and interval beside it, one line for each variant."""
    variants = list(table["variant"])
    tones = palette(variants)
    drawing, axes = _lines(variants)
    for place, row in enumerate(table.to_dict("records")):
        values = frame.loc[frame["variant"] == row["variant"], metric]
        colour = tones[row["variant"]]
        axes.plot(values, np.full(len(values), place - 0.14), "o", color=colour, alpha=0.55, markersize=5)
        _interval(axes, place + 0.14, row["mean"], row["low"], row["high"], colour)
    axes.set_xlabel(metric)
    return drawing


def differences(pairs: pd.DataFrame, reference: str, metric: str) -> Figure:
    """Mean paired differences and their intervals; the line is no difference."""
    drawing, axes = _lines(list(pairs["variant"]))
    axes.axvline(0, color="#444444", linewidth=1)
    for place, row in enumerate(pairs.to_dict("records")):
        _interval(axes, place, row["difference"], row["low"], row["high"], "#222222")
    axes.set_xlabel(f"{metric} minus that of {reference}, same seed")
    return drawing


def regrets(frame: pd.DataFrame, table: pd.DataFrame, metric: str) -> Figure:
    """How far searches stay behind the best of a table: every search a dot, mean and interval beside it, and chance.

    frame: columns variant, regret. table: variant, regret (the mean), low, high, chance.
    """
    variants = list(table["variant"])
    tones = palette(variants)
    drawing, axes = _lines(variants)
    for place, (value, name, style) in enumerate(((0.0, "the best", "-"), (table["chance"].iloc[0], "chance", "--"))):
        axes.axvline(value, color="#444444", linewidth=1, linestyle=style, zorder=place)
        axes.annotate(name, (value, 1), xycoords=("data", "axes fraction"), xytext=(0, 3), fontsize=8,
                      textcoords="offset points", ha="center", va="bottom")
    for place, row in enumerate(table.to_dict("records")):
        values = frame.loc[frame["variant"] == row["variant"], "regret"]
        colour = tones[row["variant"]]
        axes.plot(values, np.full(len(values), place - 0.14), "o", color=colour, alpha=0.55, markersize=5)
        _interval(axes, place + 0.14, row["regret"], row["low"], row["high"], colour)
        axes.annotate(f"{row['regret']:.1f}", (row["regret"], place + 0.14), xytext=(0, -5), fontsize=7.5,
                      textcoords="offset points", ha="center", va="top")
    axes.set_xlabel(f"regret: {metric} behind the best architecture")
    return drawing


def costs(frame: pd.DataFrame, metric: str, cost: str = "multiply_adds", named: Sequence[str] | None = None) -> Figure:
    """Cost of the found network against its quality, every run a dot; grey where its variant is not `named`."""
    drawing = figure(6.4, 3.0)
    axes = drawing.subplots()
    names = list(dict.fromkeys(frame["variant"]))
    tones = palette(names if named is None else [name for name in names if str(name) in named])
    rest = frame[~frame["variant"].isin(list(tones))]
    axes.plot(rest[cost] / 1e6, rest[metric], "o", color=REST, markersize=3)
    shown: dict[str, Artist] = {}
    for at, (name, colour) in enumerate(tones.items()):
        part = frame[frame["variant"] == name]
        (shown[name],) = axes.plot(part[cost] / 1e6, part[metric], MARKS[at % len(MARKS)], color=colour, alpha=0.8)
    axes.set_xlabel(f"{cost.replace('_', '-')}, millions")
    axes.ticklabel_format(useOffset=False, style="plain")  # numbers, not what is to be added to another
    least, most = frame[cost].min() / 1e6, frame[cost].max() / 1e6
    if most - least < ALIKE * most:  # networks of one size stand in the middle
        axes.set_xlim(least - ALIKE * most, most + ALIKE * most)
    axes.locator_params(axis="x", nbins=6)
    axes.set_ylabel(metric)
    _legend(axes, shown)
    _plain(axes)
    return drawing


def entropies(decisions: dict[tuple[str, int], pd.DataFrame]) -> Figure:
    """Mean entropy of the decisions over the epochs, a line for each search {(variant, seed): decisions.csv}."""
    drawing = figure(6.4, 2.8)
    axes = drawing.subplots()
    tones = palette(list(dict.fromkeys(name for name, _ in decisions)))
    shown: dict[str, Artist] = {}
    for (name, _), table in decisions.items():
        mean = table.groupby("epoch")["entropy"].mean()
        (line,) = axes.plot(mean.index, mean, color=tones[name], alpha=0.8)
        shown.setdefault(name, line)
    axes.set_xlabel("epoch")
    axes.set_ylabel("entropy (1 uniform)")
    axes.locator_params(axis="x", integer=True)
    _legend(axes, shown)
    _plain(axes)
    return drawing


def consensus(shares: pd.DataFrame, seeds: int) -> Figure:
    """Share of each candidate in each decision over the seeds, as a heat map: rows are decisions in their order."""
    drawing = figure(1.6 + 0.75 * len(shares.columns), 0.7 + 0.24 * len(shares))
    axes = drawing.subplots()
    axes.imshow(shares.to_numpy(), cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    axes.set_xticks(range(len(shares.columns)), list(shares.columns), fontsize=7, rotation=30, ha="right")
    axes.set_yticks(range(len(shares)), list(shares.index), fontsize=7)
    for (row, column), share in np.ndenumerate(shares.to_numpy()):
        if share and len(shares) <= 40:
            axes.text(column, row, f"{round(share * seeds)}", ha="center", va="center", fontsize=7,
                      color="white" if share > 0.6 else "black")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return drawing


def _legend(axes: Axes, lines: dict[str, Artist]) -> None:
    """Unless it would be larger than the picture."""
    if len(lines) <= 12:
        legend(axes, lines, frameon=False, fontsize=8)


def inline(drawing: Figure, most: int = 60_000) -> str:
    """A figure as the data URI of an SVG, or of a PNG where that would have more bytes."""
    made = io.BytesIO()
    save(drawing, made, format="svg", metadata={"Date": None})
    svg = _rounded(made.getvalue().decode()).encode()
    if len(svg) <= most:
        return _uri(svg, "image/svg+xml")
    made = io.BytesIO()
    save(drawing, made, format="png")
    return _uri(few_colours(made.getvalue()), "image/png")


def _rounded(svg: str) -> str:
    """Without the digits of a path that nobody can see, below a hundredth of a point: half of a picture's bytes."""
    return re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)


def file(path: Path) -> str:
    """A picture file (.svg, .png) as a data URI."""
    kinds = {".svg": "image/svg+xml", ".png": "image/png"}
    return _uri(path.read_bytes(), kinds[path.suffix])


def _uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _lines(names: list[str]) -> tuple[Figure, Axes]:
    drawing = figure(6.4, 0.8 + 0.42 * len(names))
    axes = drawing.subplots()
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", color="#E2E2E2", linewidth=0.6)
    axes.set_axisbelow(True)
    _plain(axes)
    return drawing, axes


def _interval(axes: Axes, place: float, mean: float, low: float, high: float, colour: str) -> None:
    if not np.isnan(low):
        axes.plot([low, high], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
    axes.plot([mean], [place], "D", color=colour, markersize=5, markeredgecolor="white", markeredgewidth=0.8)


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
