"""Where the boxes of a diagram go: one column per group in reading order, broken into rows like a text.

Pure geometry in points, y upwards, as Graphviz has it. Placing everything ourselves keeps the order of the decisions
readable and the picture the same for every Graphviz version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

GAP, PAD, TITLE, ARROW, ROUND, APART = 14.0, 5.0, 13.0, 4.0, 5.0, 10.0
COLUMNS = 6


@dataclass(frozen=True)
class Layout:
    """boxes {label: centre}, groups {name: (left, bottom, right, top)}, start and end: centres of the two end pills,
    paths: one polyline per arrow, from start through every slot to the end; size: width and height of it all."""

    boxes: dict[str, Point]
    groups: dict[str, tuple[float, float, float, float]]
    start: Point
    end: Point
    paths: list[list[Point]]
    size: tuple[float, float]


def arrange(groups: Mapping[str, Sequence[str]], box: tuple[float, float], pill: tuple[float, float]) -> Layout:
    """Place {group: labels} with boxes and end pills of the given (width, height)."""
    names = list(groups)
    rows = -(-len(names) // COLUMNS)
    columns = -(-len(names) // max(rows, 1))
    pitch = box[0] + 2 * PAD + GAP
    boxes: dict[str, Point] = {}
    frames: dict[str, tuple[float, float, float, float]] = {}
    breaks: list[float] = []
    top = 0.0
    for at in range(0, len(names), columns or 1):
        row = names[at : at + columns]
        for column, name in enumerate(row):
            frames[name] = _column(boxes, groups[name], column * pitch, top, box)
        bottom = min(frames[name][1] for name in row)
        breaks.append(bottom - GAP / 2)
        top = bottom - GAP
    start = (-GAP - pill[0] / 2, _y(boxes, names, 0, 0.0))
    last = boxes[groups[names[-1]][-1]] if names else start
    right = frames[names[-1]][2] if names else 0.0
    end = (right + GAP + pill[0] / 2, last[1])
    width = max([frame[2] for frame in frames.values()] + [end[0] + pill[0] / 2]) - start[0] + pill[0] / 2
    paths = _paths(list(boxes.values()), start, end, box, pill, breaks)
    return Layout(boxes, frames, start, end, paths, (width, -top - GAP))


def spline(path: Sequence[Point], tip: bool = True) -> str:
    """A polyline with rounded corners, and an arrow at its end if `tip`, as Graphviz' attribute `pos`."""
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


def _y(boxes: dict[str, Point], names: Sequence[str], index: int, default: float) -> float:
    return list(boxes.values())[index][1] if names else default


def _paths(
    centres: list[Point],
    start: Point,
    end: Point,
    box: tuple[float, float],
    pill: tuple[float, float],
    breaks: list[float],
) -> list[list[Point]]:
    half, stops = box[0] / 2, [(start, pill), *((centre, box) for centre in centres), (end, pill)]
    paths, row = [], 0
    for (a, size_a), (b, size_b) in pairwise(stops):
        out, into = (a[0] + size_a[0] / 2, a[1]), (b[0] - size_b[0] / 2, b[1])
        if a[0] == b[0]:
            paths.append([(a[0], a[1] - box[1] / 2), (b[0], b[1] + box[1] / 2)])
        elif b[0] > a[0]:
            middle = (out[0] + into[0]) / 2 if size_a is size_b else out[0] + GAP / 2
            paths.append([out, into] if out[1] == into[1] else [out, (middle, out[1]), (middle, into[1]), into])
        else:
            side, y = b[0] - half - PAD - GAP / 2, breaks[row]
            turn = out[0] + PAD + GAP / 2
            paths.append([out, (turn, a[1]), (turn, y), (side, y), (side, b[1]), into])
            row += 1
    return paths


def _towards(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx) + abs(dy), 1e-9)
    share = min(ROUND, length / 2) / length
    return corner[0] + share * dx, corner[1] + share * dy


def _line(a: Point, b: Point) -> list[Point]:
    return [((2 * a[0] + b[0]) / 3, (2 * a[1] + b[1]) / 3), ((a[0] + 2 * b[0]) / 3, (a[1] + 2 * b[1]) / 3), b]


def _text(point: Point) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"
