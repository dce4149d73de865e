"""Where the boxes of a flow go: in columns, each behind what it works on, broken into rows like a text.

Pure geometry in points, y upwards, the upper left corner at (0, 0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import networkx as nx

from nasreid.pictures.diagram.geometry import Point

T = TypeVar("T")
GAP, BETWEEN, LANE = 16.0, 8.0, 5.0  # between columns, between boxes of a column, between arrows side by side


@dataclass(frozen=True)
class Layers:
    """centres of the boxes, size of it all, a path of right angles for each arrow."""

    centres: dict[int, Point]
    size: tuple[float, float]
    paths: dict[tuple[int, int], list[Point]]


def layers(sizes: Mapping[int, tuple[float, float]], arrows: Sequence[tuple[int, int]], width: float) -> Layers:
    """Place boxes of (width, height) so that arrows, which have no circle, go on from left to right and row to row."""
    graph = nx.DiGraph()
    graph.add_nodes_from(sizes)
    graph.add_edges_from(arrows)
    columns = [sorted(column, key=list(sizes).index) for column in nx.topological_generations(graph)]
    rows = _rows(columns, sizes, width)
    at = {box: (number, place) for number, row in enumerate(rows) for place, column in enumerate(row) for box in column}
    lanes = {number: [pair for pair in arrows if _lane(at, pair) == number] for number in range(-1, len(rows))}
    centres: dict[int, Point] = {}
    top, right, below = 0.0, 0.0, {-1: 0.0}
    for number, row in enumerate(rows):
        top -= LANE * (len(_over(at, lanes[number], number)) + 1) if number or lanes[0] else 0.0
        x, tall = 0.0, max(_tall(column, sizes) for column in row)
        for column in row:
            broad = max(sizes[box][0] for box in column)
            y = top - (tall - _tall(column, sizes)) / 2
            for box in column:
                centres[box] = (x + broad / 2, y - sizes[box][1] / 2)
                y -= sizes[box][1] + BETWEEN
            x += broad + GAP
        right, top = max(right, x - GAP), top - tall
        below[number] = top
        top -= LANE * (len(_leaving(at, arrows, number)) + 1)
    paths = {pair: _path(pair, at, lanes, centres, sizes, below) for pair in arrows}
    bottom = min([y - sizes[box][1] / 2 for box, (_, y) in centres.items()], default=0.0)
    return Layers(centres, (right, -bottom), paths)


def _rows(columns: list[list[int]], sizes: Mapping[int, tuple[float, float]], width: float) -> list[list[list[int]]]:
    rows: list[list[list[int]]] = []
    x = width + 1
    for column in columns:
        broad = max(sizes[box][0] for box in column)
        if x + broad > width:
            rows.append([])
            x = 0.0
        rows[-1].append(column)
        x += broad + GAP
    return rows


def _tall(column: Sequence[int], sizes: Mapping[int, tuple[float, float]]) -> float:
    return sum(sizes[box][1] for box in column) + BETWEEN * (len(column) - 1)


def _lane(at: Mapping[int, tuple[int, int]], pair: tuple[int, int]) -> int:
    """The row over which an arrow passes other columns; -1 where it does not."""
    (row, place), (to, other) = at[pair[0]], at[pair[1]]
    return row if row == to and other > place + 1 else -1


def _over(at: Mapping[int, tuple[int, int]], lanes: Sequence[tuple[int, int]], row: int) -> Sequence[tuple[int, int]]:
    return lanes if row >= 0 else []


def _leaving(at: Mapping[int, tuple[int, int]], arrows: Sequence[tuple[int, int]], row: int) -> list[tuple[int, int]]:
    """Arrows that go down between a row and the next one."""
    return [pair for pair in arrows if at[pair[0]][0] <= row < at[pair[1]][0]]


def _path(pair: tuple[int, int], at: Mapping[int, tuple[int, int]], lanes: Mapping[int, Sequence[tuple[int, int]]],
          centres: Mapping[int, Point], sizes: Mapping[int, tuple[float, float]],
          below: Mapping[int, float]) -> list[Point]:
    tail, head = pair
    (x, y), (u, v) = centres[tail], centres[head]
    out, into = (x + sizes[tail][0] / 2, y), (u - sizes[head][0] / 2, v)
    (row, _), (to, _) = at[tail], at[head]
    left, right = into[0] - GAP / 2, out[0] + GAP / 2
    if row == to and _lane(at, pair) < 0:
        return [out, into] if abs(y - v) < 0.01 else [out, (left, y), (left, v), into]
    if row == to:
        boxes = [box for box, (own, _) in at.items() if own == row]
        high = max(centres[box][1] + sizes[box][1] / 2 for box in boxes) + LANE * (lanes[row].index(pair) + 1)
        return [out, (right, y), (right, high), (left, high), (left, v), into]
    low = below[row] - LANE * 1.0
    if to == row + 1:
        return [out, (right, y), (right, low), (left, low), (left, v), into]
    side, last = -GAP, below[to - 1] - LANE
    return [out, (right, y), (right, low), (side, low), (side, last), (left, last), (left, v), into]
