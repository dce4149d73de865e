"""Strangers as near to a true match as the rounding of float32 products: told apart by exact distances."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.evaluation.counting.pairs import Pairs

FLUSH = 1 << 15  # near ties that are settled together


class Ties:
    """Near ties of M true matches: `g` (M,) their gallery rows, `distance` (M,) exact, `closer` (M,) the counts.

    rows (A,): which queries. The counts are complete after `settle`.
    """

    def __init__(self, pairs: Pairs, rows: Tensor, g: Tensor, distance: Tensor, closer: Tensor):
        self.pairs, self.rows, self.g, self.distance, self.closer = pairs, rows, g, distance, closer
        self.groups = self.waiting = 0
        self._strangers: list[tuple[Tensor, Tensor, Tensor]] = []
        self._matches: list[tuple[Tensor, Tensor, Tensor]] = []

    def add(self, row: Tensor, column: Tensor, match: Tensor, match_row: Tensor, first: Tensor) -> None:
        """Strangers (row, column), nearest first by rounded products within a row, and matches that they are near.

        Of the strangers of a match's row those before `first` are surely closer and counted already, and so may be
        some after it, which are surely farther.
        """
        self._strangers.append((row + self.groups, row, column))
        self._matches.append((match_row + self.groups, match, first + self.waiting))
        self.groups += len(self.rows)
        self.waiting += len(row)
        if self.waiting > FLUSH:
            self.settle()

    def settle(self) -> None:
        """Add what waits to `closer`: each match's position among the strangers of its group."""
        if not self.waiting:
            return
        group, row, column = (torch.cat(parts) for parts in zip(*self._strangers, strict=True))
        match_group, match, first = (torch.cat(parts) for parts in zip(*self._matches, strict=True))
        self._strangers.clear()
        self._matches.clear()
        self.groups = self.waiting = 0
        distance = torch.cat([self.pairs.distances(self.rows[row], column), self.distance[match]])
        order = torch.cat([column, self.g[match]]).argsort(stable=True)
        for key in (distance, torch.cat([group, match_group])):
            order = order[key[order].argsort(stable=True)]
        before = torch.empty_like(order).scatter_(0, order, (order < len(row)).cumsum(0))
        self.closer.index_add_(0, match, before[len(row):] - first)
