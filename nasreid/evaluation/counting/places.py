"""Places of the true matches in ranked lists that are never made: who is closer is counted, tile by tile.

The same places as `nasreid.evaluation.ranking.hits` of `nasreid.evaluation.distances.distances`, tie rule included, but
the distances (Q, G) never exist and nothing of that size is sorted. A true match's place is the number of strangers
(other identities) that are closer, and its position among the true matches of its query. The latter are few: their
distances are computed in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from nasreid.evaluation.counting.pairs import Pairs
from nasreid.evaluation.counting.tiles import Strip, Tally
from nasreid.evaluation.distances import Vectors
from nasreid.evaluation.removal import friends

# rows of queries x columns of the gallery in a tile, and columns that are scaled at a time
TILES = {"cpu": (1024, 1024, 16384), "cuda": (2048, 8192, 65536)}


def places(query: Vectors, gallery: Vectors, q_ids: np.ndarray, g_ids: np.ndarray,
           removed: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None, metric: str = "euclidean",
           normalise: bool = True, tile: tuple[int, int, int] | None = None) -> list[np.ndarray]:
    """For each query the places (0 = nearest) of its true matches, ascending: `nasreid.evaluation.ranking.hits`' own.

    query (Q, D), gallery (G, D): numpy or torch, on any device. q_ids (Q,), g_ids (G,). removed: of pairs (query row,
    gallery row) of the same identity, (P,) each, those that do not count, (P,) bool; strangers all count.
    """
    pairs = Pairs(query, gallery, metric, normalise)
    device = pairs.gallery.values.device
    q, g = friends(np.asarray(q_ids), np.asarray(g_ids))
    kept = np.ones(len(q), bool) if removed is None else ~removed(q, g)
    counts = np.bincount(q[kept], minlength=len(q_ids))
    rows = np.flatnonzero(counts)
    if not len(rows):
        return [np.zeros(0, np.int64) for _ in counts]
    on = [torch.as_tensor(values, device=device) for values in (rows, counts[rows], q[kept], g[kept])]
    tally = Tally(pairs, on[0], on[1], *_sorted(pairs, on[2], on[3]))
    number = np.cumsum(counts > 0) - 1
    asked = counts[q] > 0
    with full_float32():
        _count(tally, number[q[asked]], g[asked], tile or TILES.get(device.type, TILES["cuda"]))
    index = torch.arange(len(tally.row), device=device) - tally.first[tally.row]
    found, ends = (tally.settle() + index).cpu().numpy(), np.cumsum(counts).tolist()
    return [found[first:last] for first, last in pairwise([0, *ends])]


@contextmanager
def full_float32() -> Iterator[None]:
    """Context in which float32 products are float32, on GPUs too; the process's own setting is put back afterwards."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def _sorted(pairs: Pairs, q: Tensor, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs (q, g) and their distances by query, distance, gallery row; they came by query and gallery row."""
    distance = pairs.distances(q, g)
    order = distance.argsort(stable=True)
    order = order[q[order].argsort(stable=True)]
    return q[order], g[order], distance[order]


def _count(tally: Tally, row: np.ndarray, column: np.ndarray, tile: tuple[int, int, int]) -> None:
    """All tiles; (row, column) are the pairs of the same identity, which are no strangers."""
    rows, columns, ahead = tile[0], tile[1], max(tile[2], tile[1]) // tile[1] * tile[1]
    gallery, total = tally.pairs.gallery, len(tally.pairs.gallery.values)
    known = _Known(row, column, rows, columns, total, tally.rows.device)
    buffer = torch.empty(rows * columns, device=tally.rows.device)
    ready = torch.empty(min(ahead, total), gallery.values.shape[1], device=buffer.device)
    for chunk in range(0, total, ahead):
        scaled = gallery.scaled(slice(chunk, chunk + ahead), tally.pairs.by, ready)
        for start in range(0, len(tally.rows), rows):
            block = tally.pairs.query.scaled(tally.rows[start : start + rows], -tally.pairs.by)
            strip = Strip(tally, start, start + len(block), chunk, len(scaled))
            for at in range(chunk, min(chunk + ahead, total), columns):
                some = scaled[at - chunk : at - chunk + columns]
                out = buffer[: len(block) * len(some)].view(len(block), len(some))
                products = tally.pairs.product(block, some, slice(at, at + columns), out)
                products.view(-1).index_fill_(0, known.of(start, at), torch.inf)
                strip.add(products, at)
            strip.settle()


class _Known:
    """Pairs (row, column) by the tile that they are in."""

    def __init__(self, row: np.ndarray, column: np.ndarray, rows: int, columns: int, total: int,
                 device: torch.device):
        self.rows, self.columns, self.wide = rows, columns, int(column.max()) // columns + 1
        tile = row // rows * self.wide + column // columns
        order = np.argsort(tile, kind="stable")
        self.ends = np.searchsorted(tile[order], np.arange(tile.max() + 2))
        width = np.minimum(columns, total - column // columns * columns)  # of the tile
        self.flat = torch.as_tensor((row % rows * width + column % columns)[order], device=device)

    def of(self, start: int, at: int) -> Tensor:
        """Flat positions within the tile that starts at row `start` and column `at`."""
        tile = start // self.rows * self.wide + at // self.columns
        if at // self.columns >= self.wide or tile + 1 >= len(self.ends):
            return self.flat[:0]
        return self.flat[int(self.ends[tile]) : int(self.ends[tile + 1])]
