"""k-reciprocal re-ranking, sparse: nothing but the result is as large as query x gallery.

Zhong et al., "Re-ranking person re-identification with k-reciprocal encoding", CVPR 2017. Equal distances are ordered
by position, query before gallery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array

from nasreid.errors import NasreidError
from nasreid.evaluation.counting.neighbours import Neighbours, neighbours
from nasreid.evaluation.counting.pairs import Pairs
from nasreid.evaluation.distances import Vectors
from nasreid.evaluation.jaccard import jaccard


@dataclass(frozen=True)
class Rerank:
    """Distances (Q, G) float32 of query (Q, D) and gallery (G, D): weight * original + (1 - weight) * Jaccard (eq. 12).

    k1, k2: neighbours of the encoding (eq. 3 to 5) and of its local expansion (eq. 11). power: of the Euclidean
    distance that is called original, divided by its largest value for the query. The paper squares it (eq. 1);
    torchreid and MSINet square the square, which is power 4. normalise: vectors of length one.
    """

    k1: int = 20
    k2: int = 6
    weight: float = 0.3
    power: int = 2
    normalise: bool = True

    def __post_init__(self) -> None:
        for name, value in (("k1", self.k1), ("k2", self.k2), ("power", self.power)):
            if value < 1:
                raise NasreidError(f"{name} {value} of re-ranking: expected at least 1")
        if not 0 <= self.weight <= 1:
            raise NasreidError(f"weight {self.weight} of re-ranking: expected 0 to 1")

    def __str__(self) -> str:
        vectors = "normalised" if self.normalise else "raw"
        return (f"euclidean, {vectors} vectors, k-reciprocal re-ranking (k1 {self.k1}, k2 {self.k2}, "
                f"weight {self.weight}, distance to the power of {self.power})")

    def __call__(self, query: Vectors, gallery: Vectors) -> np.ndarray:
        """Distances (Q, G) of query (Q, D) and gallery (G, D), numpy or torch."""
        pairs = Pairs.of_all(query, gallery, self.normalise)
        near = neighbours(pairs, max(self.k1 + 1, self.k2))
        encoded = self.encode(pairs, near)
        found = np.empty((len(query), len(gallery)), np.float32)
        for start, block in pairs.rows(len(query)):
            original = self._original(block.cpu().numpy(), near.farthest[start : start + len(block), None])
            found[start : start + len(block)] = self.weight * original[:, len(query) :]
        jaccard(encoded, len(query), 1 - self.weight, found)
        return found

    def encode(self, pairs: Pairs, near: Neighbours) -> csr_array:
        """The k-reciprocal encoding of all N images: an array (N, N) whose rows sum to one (eq. 3 to 7 and 11)."""
        rank = near.rank
        mutual = reciprocal(rank[:, : self.k1 + 1])
        half = reciprocal(rank[:, : round(self.k1 / 2) + 1])  # half to even, as numpy rounds
        sizes = np.diff(half.indptr)
        shared = (mutual @ half.T).multiply(mutual).tocsr()
        shared.data = (3 * shared.data > 2 * sizes[shared.indices]).astype(np.int32)
        shared.eliminate_zeros()
        wide = (mutual + shared @ half).tocsr()
        wide.sort_indices()
        row = np.repeat(np.arange(len(rank)), np.diff(wide.indptr))
        both = (torch.as_tensor(at, device=pairs.step.device) for at in (row, wide.indices.astype(np.int64)))
        distance = pairs.distances(*both)
        weights = np.exp(-self._original(distance.cpu().numpy(), near.farthest[row]))
        weights /= np.bincount(row, weights, len(rank))[row]  # a row may be empty: more equal images than k1
        encoded: Any = csr_array((weights, wide.indices, wide.indptr), shape=wide.shape)
        if self.k2 == 1:
            return encoded
        nearest = rank[:, : self.k2]
        return (_rows(nearest, 1 / nearest.shape[1]) @ encoded).tocsr()

    def _original(self, squared: np.ndarray, farthest: np.ndarray) -> np.ndarray:
        return (squared / farthest) ** (self.power / 2)


def reciprocal(rank: np.ndarray) -> csr_array:
    """Pairs of images (N, N) that are in each other's list; rank (N, K): the nearest of each (eq. 3)."""
    near = _rows(rank, 1)
    return near.multiply(near.T).tocsr()


def _rows(columns: np.ndarray, value: float) -> csr_array:
    """An array (N, N) with `value` in K columns (N, K) of each row."""
    count, k = columns.shape
    # indices of its own: scipy sorts them in place, and would sort the ranked lists that they came from
    entries = np.full(count * k, value), columns.flatten(), np.arange(0, count * k + 1, k)
    return csr_array(entries, shape=(count, count))
