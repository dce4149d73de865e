"""How many strangers are closer than each true match, counted from float32 products of a tile of queries x gallery.

A product within the rounding error of a true match's is computed again in float64, so the counts are exact.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from nasreid.pairs import Pairs

CELLS = 512  # of the histogram of a query's products, when many strangers are closer than its last match
CROWDED = 0.1  # share of a tile that is closer, from which a histogram pays
FLUSH = 1 << 15  # near ties that are settled together


class Tally:
    """Counts for M true matches, sorted by query row, then distance, then gallery row; `counts` (A,) of each row.

    rows (A,): which queries. q, g, distance (M,). The counts are in `closer` (M,) after `settle`.
    """

    def __init__(self, pairs: Pairs, rows: Tensor, counts: Tensor, q: Tensor, g: Tensor, distance: Tensor):
        self.pairs, self.rows, self.g, self.distance = pairs, rows, g, distance
        number = torch.arange(len(rows), device=rows.device)
        self.row = number.repeat_interleave(counts)
        self.first = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        level, margin = pairs.levels(q, distance)
        margin = margin + 2.0**-48 * (len(rows) + 1)  # rounding of 4 row + product, which sorts all rows at once
        self.low = 4.0 * self.row + level - margin
        self.high = torch.cat([level.new_full((1,), -torch.inf), 4.0 * self.row + level + margin])
        self.near, self.far = ((values - 4.0 * number).float() for values in
                               (self.low[self.first[:-1]], self.high[self.first[1:]]))
        self.far += 2.0**-21
        self.below = torch.zeros(len(q) + len(rows), dtype=torch.int64, device=rows.device)  # a row's matches, and one
        self.closer = torch.zeros_like(self.g)
        self._ties: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
        self._waiting = 0

    def add(self, products: Tensor, start: int, column: int) -> bool:
        """Take in products (B, T) of rows start.. and gallery column..; those of no strangers are infinite.

        False where so many are closer than the last match that a `Crowd` should take them in.
        """
        some = _where(products, self.far[start : start + len(products), None])
        if len(some) > CROWDED * products.numel():
            return False
        self.place(products, some, start, column)
        return True

    def place(self, products: Tensor, some: Tensor, start: int, column: int) -> None:
        """Place the products at `some` flat positions among the matches of their rows."""
        if not len(some):
            return
        stop, width = start + len(products), products.shape[1]
        row = some.div(width, rounding_mode="floor") + start
        key = products.view(-1)[some].double() + 4.0 * row
        begin, end = int(self.first[start]), int(self.first[stop])
        level = torch.searchsorted(self.low[begin:end], key, right=True) + begin  # closer than this match and the next
        found = torch.bincount(level + row - (begin + start), minlength=end - begin + stop - start)
        self.below[begin + start : end + stop] += found
        tie = (key <= self.high[level]).nonzero()[:, 0]
        if len(tie):
            self._ties.append((row[tie], some[tie] % width + column, key[tie], level[tie]))
            self._waiting += len(tie)
            if self._waiting > FLUSH:
                self._settle_ties()

    def _settle_ties(self) -> None:
        """Strangers as near to a match as rounding: exact distances, and equal ones by gallery row."""
        if not self._ties:
            return
        row, column, key, level = (torch.cat(parts) for parts in zip(*self._ties, strict=True))
        self._ties.clear()
        self._waiting = 0
        distance = self.pairs.distances(self.rows[row], column)
        first = torch.searchsorted(self.high[1:], key)
        many = level - first
        offset = (first - many.cumsum(0) + many).repeat_interleave(many)
        match = torch.arange(len(offset), device=many.device) + offset
        distance, column = distance.repeat_interleave(many), column.repeat_interleave(many)
        equal = (distance == self.distance[match]) & (column < self.g[match])
        self.closer += torch.bincount(match[(distance < self.distance[match]) | equal], minlength=len(self.closer))

    def settle(self) -> Tensor:
        """The counts (M,), after the last tile."""
        self._settle_ties()
        total = torch.cat([self.below.new_zeros(1), self.below.cumsum(0)])
        slot = torch.arange(len(self.row), device=self.row.device) + self.row
        return self.closer + total[slot + 1] - total[self.first[self.row] + self.row]


class Crowd:
    """A histogram of the products of B rows whose last match is far: only cells with a match are looked at closely."""

    def __init__(self, tally: Tally, start: int, stop: int):
        self.tally, self.start, self.rows = tally, start, stop - start
        self.base = tally.near[start:stop, None]
        self.factor = CELLS / (tally.far[start:stop, None] - self.base).clamp_min(1e-20)
        self.matches = slice(int(tally.first[start]), int(tally.first[stop]))
        self.row = tally.row[self.matches] - start
        self.offset = torch.arange(1, self.rows * (CELLS + 3), CELLS + 3, device=self.row.device)[:, None]
        self.scratch = self.base.new_empty(0)
        self.low, high = (self._cell((values[self.matches] - 4.0 * tally.row[self.matches]).float(), self.row)
                          for values in (tally.low, tally.high[1:]))
        size = self.rows * (CELLS + 3)
        edges = torch.bincount(self.low, minlength=size + 1) - torch.bincount(high + 1, minlength=size + 1)
        self.cold = edges.cumsum(0)[:size] <= 0
        self.cells = torch.zeros(size, dtype=torch.int64, device=self.row.device)

    def _cell(self, values: Tensor, row: Tensor) -> Tensor:
        """Cells (P,) of values (P,): never falling as the values rise, so they order what lies in different ones."""
        return ((values - self.base[row, 0]) * self.factor[row, 0]).clamp_(-1, CELLS + 1).long() + self.offset[row, 0]

    def add(self, products: Tensor, column: int) -> None:
        """As `Tally.add`."""
        if self.scratch.shape != products.shape:
            self.scratch, self.cell = torch.empty_like(products), torch.empty_like(products, dtype=torch.int64)
        torch.sub(products, self.base, out=self.scratch).mul_(self.factor).clamp_(-1, CELLS + 1)
        cell = self.cell.copy_(self.scratch).add_(self.offset).view(-1)
        self.cells += torch.bincount(cell, minlength=len(self.cells))
        self.tally.place(products, _where(self.cold.take(cell), False), self.start, column)

    def settle(self) -> None:
        """Hand the counts of the cells without a match over."""
        self.cells[~self.cold] = 0
        found = self.cells.view(self.rows, -1).cumsum(1).view(-1)
        self.tally.closer[self.matches] += found[self.low]


def _where(values: Tensor, limit: Tensor | bool) -> Tensor:
    """Flat positions of values that are at most the limit; numpy finds few among many several times as fast."""
    if values.device.type != "cpu":
        return (values <= limit).view(-1).nonzero()[:, 0]
    return torch.from_numpy(np.flatnonzero(values.numpy() <= (limit.numpy() if isinstance(limit, Tensor) else limit)))
