"""What happened in a search, as pictures: the probabilities of every decision, and the losses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nasreid.evaluation import diagnostics
from nasreid.pictures.colours import NOTHING, colours, tint
from nasreid.pictures.drawn import check, put
from nasreid.pictures.fonts import figure, legend

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

DARK = "#333333"  # of numbers
LINE = 0.22  # inches of a line of the legend
Style = Literal["-", "--", ":", "-."]
STYLES: tuple[Style, ...] = ("-", "--", ":", "-.")


def probabilities(frame: pd.DataFrame, path: str | Path, palette: Mapping[str, str] | None = None) -> None:
    """Draw how the probabilities of every decision went: one small plot each.

    frame has the columns epoch, label, candidate, probability. Columns of plots are groups (the part of a label before
    its last dot) where all groups are alike. The thick line is the candidate that ends first. Numbers are grey and
    stand at the ends of their lines, as the same number may mean many things. palette: {candidate: colour} of the
    diagram; default: colours of our own.
    """
    check(frame, ["epoch", "label", "candidate", "probability"], path)
    palette = palette or colours(frame["candidate"])
    drawing, places = _panels(list(dict.fromkeys(frame["label"])), palette)
    for label, axes in places.items():
        _decision(axes, label, frame[frame["label"] == label], palette)
    put(drawing, path)


def over_seeds(frames: Sequence[pd.DataFrame], most: int = 24) -> Figure:
    """How the probabilities of every decision went in several searches: means as lines, their 95 % intervals as bands.

    frames: one for each seed, with the columns of `probabilities`. Of more than `most` decisions those are drawn in
    which the seeds differ most at the end. The thick line is the candidate that ends first by its mean.
    """
    table = diagnostics.bands(frames)
    labels, kept = list(dict.fromkeys(table["label"])), set(_widest(table, most))
    palette = colours(table["candidate"])
    drawing, places = _panels([label for label in labels if label in kept], palette)
    for label, axes in places.items():
        part = table[table["label"] == label]
        for name, one in part.groupby("candidate", sort=False):
            axes.fill_between(one["epoch"], one["low"], one["high"], color=_strong(palette.get(str(name), DARK)),
                              alpha=0.2, linewidth=0)
        _decision(axes, label, part.rename(columns={"mean": "probability"}), palette)
        axes.set_ylim(-0.03, 1.03)
    return drawing


def _widest(table: pd.DataFrame, most: int) -> list[str]:
    """The labels whose last intervals are the widest; all are kept where there are few, or where no seed has a like."""
    last = table[table["epoch"] == table["epoch"].max()]
    wide = (last["high"] - last["low"]).fillna(0.0).groupby(last["label"], sort=False).max()
    return [str(label) for label in wide.sort_values(ascending=False, kind="stable").index[:most]]


def _panels(labels: list[str], palette: Mapping[str, str]) -> tuple[Figure, dict[str, Axes]]:
    """A figure with a plot for each label, and a legend."""
    rows, columns, places = _grid(labels)
    width = 1.0 + 1.5 * columns  # inches
    side = _beside(palette, width)
    head = LINE * -(-len(palette) // side) if palette else 0.0
    height = 0.5 + head + 1.25 * rows
    drawing = figure(width, height, layout=None)
    grid = drawing.subplots(rows, columns, sharex=True, sharey=True, squeeze=False,
                            gridspec_kw=_margins(rows, columns, width, height, head))
    for row, column in {(r, c) for r in range(rows) for c in range(columns)} - set(places.values()):
        grid[row, column].set_visible(False)
        if row:
            grid[row - 1, column].tick_params(labelbottom=True)
    drawing.supxlabel("epoch", y=0.08 / height, fontsize=9)
    drawing.supylabel("probability", x=0.15 / width, fontsize=9)
    dashes = _dashes(palette)
    lines = {name: _line(colour, dashes[name]) for name, colour in palette.items()}
    if lines:
        legend(drawing, lines, loc="upper center", ncols=side, frameon=False, fontsize=9)
    return drawing, {label: grid[place] for label, place in places.items()}


def _beside(names: Iterable[str], width: float) -> int:
    """How many columns of a legend, all as wide as its longest name, have room in a picture of that width (inches)."""
    return max(1, int((width - 0.2) / (0.75 + 0.085 * max(map(len, names), default=0))))


def _margins(rows: int, columns: int, width: float, height: float, head: float) -> dict[str, float]:
    """Where the plots of a picture are, in shares of its size, and what is between them in shares of theirs; inches."""
    inner = (width - 0.9 - 0.12 * (columns - 1)) / columns, (height - 0.85 - head - 0.3 * (rows - 1)) / rows
    return {"left": 0.8 / width, "right": 1 - 0.1 / width, "bottom": 0.5 / height, "top": 1 - (0.35 + head) / height,
            "wspace": 0.12 / inner[0], "hspace": 0.3 / inner[1]}


def curves(frame: pd.DataFrame, path: str | Path) -> None:
    """Draw every metric over the steps: pale as it was, strong as its running mean over 1/20 of the steps.

    frame has the columns step, name, value.
    """
    check(frame, ["step", "name", "value"], path)
    names = list(dict.fromkeys(frame["name"]))
    columns = min(3, len(names))
    rows = math.ceil(len(names) / columns)
    drawing = figure(0.5 + 3.2 * columns, 0.4 + 2.1 * rows)
    grid = drawing.subplots(rows, columns, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        part = frame[frame["name"] == name].sort_values("step", kind="stable")
        mean = part["value"].rolling(max(1, len(part) // 20), min_periods=1, center=True).mean()
        axes.plot(part["step"], part["value"], color="#0072B2", alpha=0.3, linewidth=0.8)
        axes.plot(part["step"], mean, color="#0072B2", linewidth=1.6)
        axes.set_title(name, fontsize=9)
        _plain(axes)
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    drawing.supxlabel("step", fontsize=9)
    put(drawing, path)


def _decision(axes: Any, label: str, part: pd.DataFrame, palette: Mapping[str, str]) -> None:
    table = part.pivot(index="epoch", columns="candidate", values="probability")
    winner = table.iloc[-1].idxmax()
    numbers = [name for name in part["candidate"].unique() if name not in palette]
    dashes = _dashes(palette)
    line = {name: _strong(palette[name]) for name in table.columns if name in palette}
    line |= {name: tint(DARK, 1 - 0.6 * i / len(numbers)) for i, name in enumerate(numbers)}
    axes.axhline(1 / len(table.columns), color="#999999", linewidth=0.6, linestyle=":")
    for name in sorted(table.columns, key=lambda name: name == winner):
        wide = 2.2 if name == winner else 1.1
        axes.plot(table.index, table[name], dashes.get(str(name), "-"), color=line[name], linewidth=wide)
    axes.plot(table.index[-1:], table[winner].iloc[-1:], "o", color=line[winner], markersize=4)
    left = 2.0  # points; one beside the other, as the ends of lines may be close
    for name in sorted(numbers, key=lambda name: -table[name].iloc[-1]):
        axes.annotate(name, (table.index[-1], table[name].iloc[-1]), (-left, 3), textcoords="offset points",
                      ha="right", fontsize=7, color=DARK)
        left += 3 + 4.5 * len(name)
    axes.set_title(label, fontsize=8)
    if len(table) == 1:
        axes.set_xticks(table.index)
    else:
        axes.xaxis.get_major_locator().set_params(integer=True)
    _plain(axes)


def _grid(labels: list[str]) -> tuple[int, int, dict[str, tuple[int, int]]]:
    groups: dict[str, list[str]] = {}
    for label in labels:
        groups.setdefault(label.rpartition(".")[0], []).append(label)
    depth = {len(members) for members in groups.values()}
    if len(groups) in range(2, 10) and len(depth) == 1:
        places = {label: (r, c) for c, members in enumerate(groups.values()) for r, label in enumerate(members)}
        return depth.pop(), len(groups), places
    columns = min(len(labels), max(3, math.ceil(math.sqrt(1.4 * len(labels)))))
    return math.ceil(len(labels) / columns), columns, {label: divmod(i, columns) for i, label in enumerate(labels)}


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=7, length=2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.03)


def _strong(colour: str) -> str:
    return "#8A8A8A" if colour == NOTHING else colour  # the grey of the boxes is too pale for a line


def _dashes(palette: Mapping[str, str]) -> dict[str, Style]:
    """{name: style of its line}: names of one colour, such as none and skip, differ in it."""
    found: dict[str, Style] = {}
    for name, colour in palette.items():
        found[name] = STYLES[sum(palette[other] == colour for other in found) % len(STYLES)]
    return found


def _line(colour: str, style: Style) -> Line2D:
    from matplotlib.lines import Line2D

    return Line2D([], [], linestyle=style, color=_strong(colour), linewidth=2)
