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
    """Place boxes of (width, height) so that arrows, which have no circle, go on from left to right and row to row.

    >>> placed = layers({0: (20.0, 10.0), 1: (20.0, 10.0)}, [(0, 1)], 200.0).centres
    >>> placed[0][0] < placed[1][0]
    True
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(sizes)
    graph.add_edges_from(arrows)
    columns = [sorted(column, key=list(sizes).index) for column in nx.topological_generations(graph)]
    grid = _Grid(_rows(columns, sizes, width), sizes, list(arrows))
    paths = {pair: grid.path(pair) for pair in arrows}
    bottom = min([y - sizes[box][1] / 2 for box, (_, y) in grid.centres.items()], default=0.0)
    return Layers(grid.centres, (grid.right, -bottom), paths)


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


class _Grid:
    """Rows of columns of boxes, and the free lanes over and under each row."""

    def __init__(self, rows: list[list[list[int]]], sizes: Mapping[int, tuple[float, float]],
                 arrows: list[tuple[int, int]]):
        self.sizes, self.arrows = sizes, arrows
        self.at = {box: (row, place, order) for row, columns in enumerate(rows) for place, column in enumerate(columns)
                   for order, box in enumerate(column)}
        self.centres: dict[int, Point] = {}
        self.sides: dict[tuple[int, int], tuple[float, float]] = {}  # left and right of a column, by row and place
        self.over: list[float] = []  # upper and lower ends of the rows
        self.under: list[float] = []
        self.right, top = 0.0, 0.0
        for row, columns in enumerate(rows):
            top -= LANE * len(self._passing(row))
            self.over.append(top)
            top -= self._row(columns, top)
            self.under.append(top)
            top -= LANE * (len(self._leaving(row)) + 1)

    def _row(self, columns: list[list[int]], top: float) -> float:
        """Place the boxes of a row below `top`; returns its height."""
        x, tall = 0.0, max(self._tall(column) for column in columns)
        for place, column in enumerate(columns):
            broad, y = max(self.sizes[box][0] for box in column), top - (tall - self._tall(column)) / 2
            for box in column:
                self.centres[box] = (x + broad / 2, y - self.sizes[box][1] / 2)
                y -= self.sizes[box][1] + BETWEEN
            self.sides[len(self.over) - 1, place] = x, x + broad
            x += broad + GAP
        self.right = max(self.right, x - GAP)
        return tall

    def _tall(self, column: Sequence[int]) -> float:
        return sum(self.sizes[box][1] for box in column) + BETWEEN * (len(column) - 1)

    def _passing(self, row: int) -> list[tuple[int, int]]:
        """Arrows that go over columns of a row."""
        return [(tail, head) for tail, head in self.arrows
                if self.at[tail][0] == self.at[head][0] == row and self.at[head][1] > self.at[tail][1] + 1]

    def _leaving(self, row: int) -> list[tuple[int, int]]:
        """Arrows that go down between a row and the next one."""
        return [(tail, head) for tail, head in self.arrows if self.at[tail][0] <= row < self.at[head][0]]

    def path(self, pair: tuple[int, int]) -> list[Point]:
        """An arrow at right angles."""
        tail, head = pair
        (x, y), (u, v) = self.centres[tail], self.centres[head]
        out, into = (x + self.sizes[tail][0] / 2, y), (u - self.sizes[head][0] / 2, v)
        (row, _, order), (to, _, other) = self.at[tail], self.at[head]
        right = self.sides[self.at[tail][:2]][1] + GAP / 2 - 3 + order % 3 * 2
        left = self.sides[self.at[head][:2]][0] - GAP / 2 - 2 + other % 3 * 2
        if row == to and pair not in self._passing(row):
            return [out, into] if abs(y - v) < 0.01 else [out, (left, y), (left, v), into]
        if row == to:
            high = self.over[row] + LANE * (self._passing(row).index(pair) + 1)
            return [out, (right, y), (right, high), (left, high), (left, v), into]
        low = self.under[row] - LANE * (self._leaving(row).index(pair) + 1)
        if to == row + 1:
            return [out, (right, y), (right, low), (left, low), (left, v), into]
        last = self.under[to - 1] - LANE * (self._leaving(to - 1).index(pair) + 1)
        side = -GAP - 2.0 * self.arrows.index(pair)
        return [out, (right, y), (right, low), (side, low), (side, last), (left, last), (left, v), into]
