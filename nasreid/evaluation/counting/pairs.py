"""Queries and gallery as vectors: exact distances of chosen pairs, and how far float32 products may be off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nasreid.errors import NasreidError, one_of
from nasreid.evaluation.distances import METRICS, SHORTEST, Vectors, rounding_step

CHUNK = {"cpu": 1 << 15, "cuda": 1 << 24}  # values of a temporary float64 array: on the CPU it fits the cache


@dataclass(frozen=True)
class Side:
    """Vectors (N, D), factors (N,) that give them the length they are compared at, and its square (N,)."""

    values: Tensor
    factor: Tensor
    square: Tensor

    def scaled(self, rows: slice | Tensor, by: float, out: Tensor | None = None) -> Tensor:
        """Vectors of `rows` times their factor and `by`, float32; in the first rows of `out`, if given."""
        values, factor = self.values[rows].float(), (self.factor[rows] * by).float()[:, None]
        return values * factor if out is None else torch.mul(values, factor, out=out[: len(values)])


class Pairs:
    """query (Q, D) and gallery (G, D), numpy or torch; everything happens on the gallery's device.

    metric and normalise as in `nasreid.evaluation.distances.distances`, whose tie rule is kept: float64, rounded.
    Raises NasreidError for vectors of different sizes, and for values that are not finite.
    """

    def __init__(self, query: Vectors, gallery: Vectors, metric: str = "euclidean", normalise: bool = True):
        if metric not in METRICS:
            raise NasreidError(f"metric {one_of(metric, METRICS)}")
        self.cosine = metric == "cosine"
        values = _tensor(gallery, "gallery", None)
        self.gallery = _side(values, "gallery", normalise or self.cosine)
        self.query = _side(_tensor(query, "query", values.device), "query", normalise or self.cosine)
        sizes = [side.values.shape[1] for side in (self.query, self.gallery)]
        if sizes[0] != sizes[1]:
            raise NasreidError(f"query vectors have {sizes[0]} values, gallery vectors {sizes[1]}: expected the same")
        largest = self.gallery.square.amax() if len(values) else self.gallery.square.new_zeros(())
        scale = torch.ones_like(self.query.square) if self.cosine else self.query.square.clamp_min(largest)
        self.step = torch.as_tensor(rounding_step(scale.cpu().numpy()), device=scale.device)
        # in float32 no vector is longer than one, so that nothing overflows
        self.by = 1.0 if normalise or self.cosine else float(1 / scale.amax().sqrt().clamp_min(SHORTEST))
        bias = torch.zeros_like(self.gallery.square) if self.cosine else self.gallery.square * (self.by**2 / 2)
        self.constant = float(bias[0]) if bool((bias == bias[0]).all()) else 0.0
        self.bias = None if bool((bias == bias[0]).all()) else bias.float()
        self._error = float(largest.sqrt()) * self.by, float(bias.amax())

    @classmethod
    def of_all(cls, query: Vectors, gallery: Vectors, normalise: bool = True) -> Pairs:
        """All images, query before gallery, against themselves; Euclidean."""
        sides = [_tensor(gallery, "gallery", None)]
        sides.insert(0, _tensor(query, "query", sides[0].device))
        if sides[0].shape[1] != sides[1].shape[1]:
            cls(query, gallery)  # says what is wrong
        every = torch.cat(sides)
        return cls(every, every, "euclidean", normalise)

    def distances(self, q: Tensor, g: Tensor) -> Tensor:
        """Distances (P,) float64, rounded, of the pairs (q[i], g[i])."""
        size = max(1, CHUNK.get(q.device.type, CHUNK["cuda"]) // max(1, self.query.values.shape[1]))
        inner = torch.empty(len(q), dtype=torch.float64, device=q.device)  # small results would split up the heap
        for at in range(0, len(q), size):
            part = slice(at, at + size)
            a, b = (side.values.index_select(0, rows[part]) for side, rows in ((self.query, q), (self.gallery, g)))
            torch.sum(a.double().mul_(b), 1, out=inner[part])
        inner.mul_(self.query.factor[q] * self.gallery.factor[g])
        found = 1 - inner if self.cosine else self.query.square[q] + self.gallery.square[g] - 2 * inner
        return ((found / self.step[q]).round() * self.step[q]).clamp_min(0)

    def rows(self, stop: int, step: int = 256) -> Iterator[tuple[int, Tensor]]:
        """(first row, distances (B, G) float64, not rounded) of the first `stop` queries, a block at a time."""
        gallery = self.gallery.values.double() * self.gallery.factor[:, None]
        for at in range(0, stop, step):
            part = slice(at, min(at + step, stop))
            query = self.query.values[part].double() * self.query.factor[part, None]
            squares = self.query.square[part, None] + self.gallery.square
            yield at, torch.addmm(squares, query, gallery.T, alpha=-2).clamp_min(0)

    def levels(self, q: Tensor, distance: Tensor) -> tuple[Tensor, Tensor]:
        """What products come to at a distance (P,) from queries q (P,), and how far they may be off, both (P,) float64.

        A float32 product of vectors of D values is off by at most about D 2**-24 |q||g| (Higham, Accuracy and Stability
        of Numerical Algorithms, 2002, section 3.1).
        """
        square, step = self.query.square[q], self.step[q]
        level = distance - 1 if self.cosine else (distance - square) * (self.by**2 / 2) - self.constant
        longest, bias = self._error
        size = square.sqrt() * self.by * longest + bias
        return level, (self.query.values.shape[1] + 16) * 2.0**-24 * size + step * self.by**2

    def product(self, negative: Tensor, gallery: Tensor, columns: slice, out: Tensor) -> Tensor:
        """Products (B, T) into `out`: the lower, the closer; both sides are scaled, the query's is negated."""
        if self.bias is None:
            return torch.mm(negative, gallery.T, out=out)
        return torch.addmm(self.bias[columns], negative, gallery.T, out=out)


def _tensor(values: Vectors, name: str, device: torch.device | None) -> Tensor:
    found = values.detach() if isinstance(values, Tensor) else torch.as_tensor(np.asarray(values))
    if found.ndim != 2:
        raise NasreidError(f"{name} vectors have shape {tuple(found.shape)}: expected two dimensions")
    return (found if found.is_floating_point() else found.double()).to(device)


def _side(values: Tensor, name: str, normalise: bool) -> Side:
    length = torch.empty(len(values), dtype=torch.float64, device=values.device)
    for at in range(0, len(values), 256):
        length[at : at + 256] = torch.linalg.vector_norm(values[at : at + 256], dim=1, dtype=torch.float64)
    if not bool(length.isfinite().all()):
        wrong = int((~values.isfinite()).sum())
        raise NasreidError(f"{wrong} of {values.numel()} {name} values are not finite numbers")
    if not normalise:
        return Side(values, torch.ones_like(length), length.square())
    factor = 1 / length.clamp_min(SHORTEST)
    return Side(values, factor, torch.where(length < SHORTEST, (length * factor).square(), 1.0))
