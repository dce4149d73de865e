"""How many strangers are closer than each true match, counted from float32 products of a tile of queries x gallery.

A product within the rounding error of a true match's is computed again in float64, so the counts are exact.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from nasreid.evaluation.counting.pairs import Pairs
from nasreid.evaluation.counting.ties import Ties

CELLS = 256  # of the histogram of a query's products
CROWDED = 0.1  # share of a tile that is closer, from which all of it goes into the histogram
TOGETHER = 1 << 18  # products that are sorted together


class Grid:
    """A histogram of the products of each of A rows: only in cells with a match is it looked at who is closer.

    low, high (M,): products that are closer and farther than a match beyond doubt; row (M,): whose it is. near, far
    (A,): the least and the largest of them in a row.
    """

    def __init__(self, low: Tensor, high: Tensor, row: Tensor, near: Tensor, far: Tensor):
        self.base, self.factor = near[:, None], CELLS / (far - near).clamp_min(1e-20)[:, None]
        size = len(near) * (CELLS + 3)
        self.offset = torch.arange(1, size, CELLS + 3, device=near.device)[:, None]
        self.scratch = self.base.new_empty(0)
        self.low, last = self._cell(low, row), self._cell(high, row) + 1
        edges = torch.bincount(self.low, minlength=size + 1).sub_(torch.bincount(last, minlength=size + 1))
        self.cold = edges.cumsum_(0)[:size] <= 0
        self.cells = torch.zeros(size, dtype=torch.int32, device=near.device)

    def _cell(self, values: Tensor, row: Tensor) -> Tensor:
        """Cells (P,) of values (P,): never falling as the values rise, so they order what lies in different ones."""
        scaled = (values - self.base[row, 0]).mul_(self.factor[row, 0])
        return scaled.clamp_(-1, CELLS + 1).long().add_(self.offset[row, 0])

    def add(self, values: Tensor, row: Tensor, rows: slice) -> Tensor:
        """Take in values (P,) of rows (P,), all of them within the slice `rows`.

        Returns the positions of those in a cell with a match; to take these in again changes nothing.
        """
        return self._add(self._cell(values, row), rows)

    def add_all(self, values: Tensor, rows: slice) -> Tensor:
        """As `add`, for all values (B, T) of the rows of a slice; flat positions."""
        if self.scratch.shape != values.shape:  # memory for every tile anew would cost more than the arithmetic
            self.scratch, self.whole = torch.empty_like(values), torch.empty_like(values, dtype=torch.int64)
        torch.sub(values, self.base[rows], out=self.scratch).mul_(self.factor[rows]).clamp_(-1, CELLS + 1)
        return self._add(self.whole.copy_(self.scratch).add_(self.offset[rows]).view(-1), rows)

    def _add(self, cell: Tensor, rows: slice) -> Tensor:
        part = slice(rows.start * (CELLS + 3), rows.stop * (CELLS + 3))
        near = _where(self.cold.take(cell), False)
        self.cells[part] += torch.bincount(cell.sub_(part.start), minlength=part.stop - part.start)
        return near

    def counts(self) -> Tensor:
        """For each match (M,) how many were taken in by cells before its own."""
        self.cells[~self.cold] = 0
        return self.cells.view(len(self.base), -1).cumsum(1, dtype=torch.int32).view(-1)[self.low]


class Tally:
    """Counts for M true matches, sorted by query row, then distance, then gallery row; `counts` (A,) of each row.

    rows (A,): which queries. q, g, distance (M,). `settle` gives the counts.
    """

    def __init__(self, pairs: Pairs, rows: Tensor, counts: Tensor, q: Tensor, g: Tensor, distance: Tensor):
        self.pairs, self.rows = pairs, rows
        self.row = torch.arange(len(rows), device=rows.device).repeat_interleave(counts)
        self.first = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        level, margin = pairs.levels(q, distance)
        self.low, self.high = (level - margin).float(), (level + margin).float()  # closer, farther beyond doubt
        self.far = self.high[self.first[1:] - 1] + 2.0**-21
        self.grid = Grid(self.low, self.high, self.row, self.low[self.first[:-1]], self.far)
        self.closer = torch.zeros_like(g)
        self.ties = Ties(pairs, rows, g, distance, self.closer)

    def settle(self) -> Tensor:
        """The counts (M,), after the last strip."""
        self.ties.settle()
        return self.closer.add_(self.grid.counts())


class Strip:
    """Products of rows start..stop with `width` gallery images from `column` on, as far as they matter.

    Each is one integer, its key: row, product, column, from the highest bit on; sorted, they are ranked lists.
    """

    def __init__(self, tally: Tally, start: int, stop: int, column: int, width: int):
        self.tally, self.column, self.shift = tally, column, (width - 1).bit_length()
        self.part, self.crowded = slice(start, stop), False
        self.matches = slice(int(tally.first[start]), int(tally.first[stop]))
        self.values: list[Tensor] = []
        self.flat: list[tuple[Tensor, int, int]] = []  # positions in a tile of this width, from this column on
        self.many = 0

    def add(self, products: Tensor, column: int) -> None:
        """Take in products (B, T) from gallery `column` on; those of no strangers are infinite."""
        some = None if self.crowded else _where(products, self.tally.far[self.part, None])
        if some is None or len(some) > CROWDED * products.numel():
            self.crowded = True
            some = self.tally.grid.add_all(products, self.part)
        self._take(products, some, column)

    def _take(self, products: Tensor, some: Tensor, column: int) -> None:
        """Take in the products at `some` flat positions."""
        self.values.append(_taken(products.view(-1), some))
        self.flat.append((some, products.shape[1], column - self.column))
        self.many += len(some)
        if self.many > TOGETHER:
            self.settle()

    def settle(self) -> None:
        """Count them."""
        if not self.many:
            return
        keys = self._keys()
        row = self.tally.row[self.matches] - self.part.start
        low, high = (((row << 32) + _ordered(values[self.matches]) + by) << self.shift
                     for values, by in ((self.tally.low, -1), (self.tally.high, 2)))
        starts = torch.arange(self.part.stop - self.part.start, device=keys.device)
        begin, end = _search(keys, low), _search(keys, high)
        self.tally.closer[self.matches] += begin - _search(keys, starts << (32 + self.shift))[row]
        tied = (end > begin).nonzero()[:, 0]
        if len(tied):
            self._tie(keys, tied, row[tied], begin[tied], end[tied])

    def _keys(self) -> Tensor:
        """Keys (P,) of what was taken in and lies in a cell with a match, ascending."""
        values, row, column = torch.cat(self.values), [], []
        for some, width, first in self.flat:
            row.append(some.div(width, rounding_mode="floor"))
            column.append((some - row[-1] * width).add_(first))
        row, column = torch.cat(row), torch.cat(column)
        self.values.clear()
        self.flat.clear()
        self.many = 0
        hot = self.tally.grid.add(values, row + self.part.start, self.part)
        return _sorted((((row[hot] << 32) + _ordered(values[hot])) << self.shift) + column[hot])

    def _tie(self, keys: Tensor, match: Tensor, row: Tensor, begin: Tensor, end: Tensor) -> None:
        """Hand over the strangers begin..end of the sorted keys, each once however many matches it is near."""
        edges = torch.bincount(begin, minlength=len(keys) + 1) - torch.bincount(end, minlength=len(keys) + 1)
        near = edges.cumsum(0) > 0
        first = (near.cumsum(0) - near.long())[begin]
        key = keys[near[:-1]]
        column = (key & ((1 << self.shift) - 1)) + self.column
        at = (key >> (32 + self.shift)) + self.part.start
        self.tally.ties.add(at, column, match + self.matches.start, row + self.part.start, first)


def _ordered(values: Tensor) -> Tensor:
    """Integers from 0 to 2**32 in the order of the float32 values: their bits, those of negative ones turned round."""
    bits = values.view(torch.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).long().add_(1 << 31)


def _where(values: Tensor, limit: Tensor | bool) -> Tensor:
    """Flat positions of values that are at most the limit; numpy finds few among many several times as fast."""
    if values.device.type != "cpu":
        return (values <= limit).view(-1).nonzero()[:, 0]
    return torch.from_numpy(np.flatnonzero(values.numpy() <= (limit.numpy() if isinstance(limit, Tensor) else limit)))


def _taken(values: Tensor, at: Tensor) -> Tensor:
    return torch.from_numpy(values.numpy().take(at.numpy())) if values.device.type == "cpu" else values[at]


def _sorted(keys: Tensor) -> Tensor:
    return torch.from_numpy(np.sort(keys.numpy())) if keys.device.type == "cpu" else keys.sort()[0]


def _search(keys: Tensor, limits: Tensor) -> Tensor:
    """How many of the sorted keys are less than each of the limits (P,), which are sorted too."""
    if keys.device.type != "cpu":
        return torch.searchsorted(keys, limits)
    return torch.from_numpy(np.searchsorted(keys.numpy(), limits.numpy()))
