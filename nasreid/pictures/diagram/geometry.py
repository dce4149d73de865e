"""Where the boxes of a diagram go: one column per group in reading order, broken into rows like a text.

Pure geometry in points, y upwards, as Graphviz has it. Placing everything ourselves keeps the order of the decisions
readable and the picture the same for every Graphviz version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Point = tuple[float, float]

GAP, PAD, TITLE, ARROW, ROUND, APART = 14.0, 5.0, 13.0, 4.0, 5.0, 10.0
COLUMNS = 6


@dataclass(frozen=True)
class Layout:
    """boxes {label: centre}, groups {name: (left, bottom, right, top)}."""

    boxes: dict[str, Point]
    groups: dict[str, tuple[float, float, float, float]]


def arrange(groups: Mapping[str, Sequence[str]], box: tuple[float, float]) -> Layout:
    """Place {group: labels} with boxes of the given (width, height).

    >>> sorted(arrange({"cell1": ["a", "b"]}, (46.0, 28.0)).boxes)
    ['a', 'b']
    """
    names = list(groups)
    rows = -(-len(names) // COLUMNS)
    columns = -(-len(names) // max(rows, 1))
    pitch = box[0] + 2 * PAD + GAP
    boxes: dict[str, Point] = {}
    frames: dict[str, tuple[float, float, float, float]] = {}
    top = 0.0
    for at in range(0, len(names), columns or 1):
        row = names[at : at + columns]
        for column, name in enumerate(row):
            frames[name] = _column(boxes, groups[name], column * pitch, top, box)
        top = min(frames[name][1] for name in row) - GAP
    return Layout(boxes, frames)


def spline(path: Sequence[Point], tip: bool = True) -> str:
    """A polyline with rounded corners, and an arrow at its end if `tip`, as Graphviz' attribute `pos`.

    >>> spline([(0.0, 0.0), (30.0, 0.0)], tip=False)
    '0.00,0.00 10.00,0.00 20.00,0.00 30.00,0.00'
    """
    end, before = path[-1], path[-2]
    share = (ARROW if tip else 0.0) / max(abs(end[0] - before[0]) + abs(end[1] - before[1]), 1e-9)
    back = (end[0] - share * (end[0] - before[0]), end[1] - share * (end[1] - before[1]))
    stops = [*path[:-1], back]
    points = [stops[0]]
    for i in range(1, len(stops) - 1):
        near, far = _towards(stops[i], stops[i - 1]), _towards(stops[i], stops[i + 1])
        points += [*_line(points[-1], near), stops[i], stops[i], far]
    points += _line(points[-1], back)
    return (f"e,{_text(end)} " if tip else "") + " ".join(_text(point) for point in points)


def _column(
    boxes: dict[str, Point], labels: Sequence[str], left: float, top: float, box: tuple[float, float]
) -> tuple[float, float, float, float]:
    step = box[1] + APART
    for i, label in enumerate(labels):
        boxes[label] = (left + PAD + box[0] / 2, top - TITLE - box[1] / 2 - i * step)
    return left, top - TITLE - len(labels) * step + APART - PAD, left + 2 * PAD + box[0], top


def _towards(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx) + abs(dy), 1e-9)
    share = min(ROUND, length / 2) / length
    return corner[0] + share * dx, corner[1] + share * dy


def _line(a: Point, b: Point) -> list[Point]:
    return [((2 * a[0] + b[0]) / 3, (2 * a[1] + b[1]) / 3), ((a[0] + 2 * b[0]) / 3, (a[1] + 2 * b[1]) / 3), b]


def _text(point: Point) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"
