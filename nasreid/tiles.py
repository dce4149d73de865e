"""How many strangers are closer than each true match, counted from float32 products of a tile of queries x gallery.

A product within the rounding error of a true match's is computed again in float64, so the counts are exact.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from nasreid.pairs import Pairs
from nasreid.ties import Ties

CELLS = 512  # of the histogram of a query's products, when many strangers are closer than its last match
CROWDED = 0.1  # share of a tile that is closer, from which a histogram pays
TOGETHER = 1 << 18  # products that are sorted together


class Tally:
    """Counts for M true matches, sorted by query row, then distance, then gallery row; `counts` (A,) of each row.

    rows (A,): which queries. q, g, distance (M,). The counts are in `closer` (M,) after `ties.settle`.
    """

    def __init__(self, pairs: Pairs, rows: Tensor, counts: Tensor, q: Tensor, g: Tensor, distance: Tensor):
        self.pairs, self.rows = pairs, rows
        self.row = torch.arange(len(rows), device=rows.device).repeat_interleave(counts)
        self.first = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        level, margin = pairs.levels(q, distance)
        self.low, self.high = (level - margin).float(), (level + margin).float()  # closer, farther beyond doubt
        self.near, self.far = self.low[self.first[:-1]], self.high[self.first[1:] - 1] + 2.0**-21
        self.closer = torch.zeros_like(g)
        self.ties = Ties(pairs, rows, g, distance, self.closer)


class Strip:
    """Products of rows start..stop with `width` gallery images from `column` on, as far as they matter.

    Each is one integer, its key: row, product, column, from the highest bit on; sorted, they are ranked lists.
    """

    def __init__(self, tally: Tally, start: int, stop: int, column: int, width: int):
        self.tally, self.start, self.column, self.shift = tally, start, column, (width - 1).bit_length()
        self.matches = slice(int(tally.first[start]), int(tally.first[stop]))
        self.rows = torch.arange(stop - start, device=tally.row.device) << (32 + self.shift)
        self.far = tally.far[start:stop, None]
        self.values: list[Tensor] = []
        self.flat: list[tuple[Tensor, int, int]] = []  # positions in a tile of this width, from this column on
        self.many = 0

    def add(self, products: Tensor, column: int) -> bool:
        """Take in products (B, T) from gallery `column` on; those of no strangers are infinite.

        False where so many are closer than the last match that a `Crowd` should take them in.
        """
        some = _where(products, self.far)
        if len(some) > CROWDED * products.numel():
            return False
        self.take(products, some, column)
        return True

    def take(self, products: Tensor, some: Tensor, column: int) -> None:
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
        row = self.tally.row[self.matches] - self.start
        low, high = (((row << 32) + _ordered(values[self.matches]) + by) << self.shift
                     for values, by in ((self.tally.low, -1), (self.tally.high, 2)))
        begin, end = _search(keys, low), _search(keys, high)
        self.tally.closer[self.matches] += begin - _search(keys, self.rows)[row]
        tied = (end > begin).nonzero()[:, 0]
        if len(tied):
            self._tie(keys, tied, row[tied], begin[tied], end[tied])

    def _keys(self) -> Tensor:
        """Keys (P,) of what was taken in, ascending."""
        keys = _ordered(torch.cat(self.values)) << self.shift
        at = 0
        for some, width, column in self.flat:
            row = some.div(width, rounding_mode="floor")
            keys[at : at + len(some)] += row * ((1 << (32 + self.shift)) - width) + some + column
            at += len(some)
        self.values.clear()
        self.flat.clear()
        self.many = 0
        return _sorted(keys)

    def _tie(self, keys: Tensor, match: Tensor, row: Tensor, begin: Tensor, end: Tensor) -> None:
        """Hand over the strangers begin..end of the sorted keys, each once however many matches it is near."""
        edges = torch.bincount(begin, minlength=len(keys) + 1) - torch.bincount(end, minlength=len(keys) + 1)
        near = edges.cumsum(0) > 0
        first = (near.cumsum(0) - near.long())[begin]
        key = keys[near[:-1]]
        column = (key & ((1 << self.shift) - 1)) + self.column
        at = (key >> (32 + self.shift)) + self.start
        self.tally.ties.add(at, column, match + self.matches.start, row + self.start, first)


class Crowd:
    """A histogram of the products of B rows whose last match is far: only cells with a match are looked at closely."""

    def __init__(self, strip: Strip):
        tally, self.strip, self.matches = strip.tally, strip, strip.matches
        part = slice(strip.start, strip.start + len(strip.rows))
        self.tally, self.base = tally, tally.near[part, None]
        self.factor = CELLS / (tally.far[part, None] - self.base).clamp_min(1e-20)
        row, rows = tally.row[self.matches] - strip.start, len(strip.rows)
        self.offset = torch.arange(1, rows * (CELLS + 3), CELLS + 3, device=row.device)[:, None]
        self.scratch = self.base.new_empty(0)
        self.low, high = (self._cell(values[self.matches], row) for values in (tally.low, tally.high))
        size = rows * (CELLS + 3)
        edges = torch.bincount(self.low, minlength=size + 1) - torch.bincount(high + 1, minlength=size + 1)
        self.cold = edges.cumsum(0)[:size] <= 0
        self.cells = torch.zeros(size, dtype=torch.int64, device=row.device)

    def _cell(self, values: Tensor, row: Tensor) -> Tensor:
        """Cells (P,) of values (P,): never falling as the values rise, so they order what lies in different ones."""
        return ((values - self.base[row, 0]) * self.factor[row, 0]).clamp_(-1, CELLS + 1).long() + self.offset[row, 0]

    def add(self, products: Tensor, column: int) -> None:
        """As `Strip.add`."""
        if self.scratch.shape != products.shape:
            self.scratch, self.cell = torch.empty_like(products), torch.empty_like(products, dtype=torch.int64)
        torch.sub(products, self.base, out=self.scratch).mul_(self.factor).clamp_(-1, CELLS + 1)
        cell = self.cell.copy_(self.scratch).add_(self.offset).view(-1)
        self.cells += torch.bincount(cell, minlength=len(self.cells))
        self.strip.take(products, _where(self.cold.take(cell), False), column)

    def settle(self) -> None:
        """Hand the counts of the cells without a match over."""
        self.cells[~self.cold] = 0
        found = self.cells.view(len(self.base), -1).cumsum(1).view(-1)
        self.tally.closer[self.matches] += found[self.low]


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
