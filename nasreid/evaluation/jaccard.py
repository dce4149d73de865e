"""Jaccard distances of k-reciprocal encodings (Zhong et al., CVPR 2017, eq. 10): who shares nothing is never looked at.

An encoding is an array (N, N) whose rows sum to one. The distance of two images is one minus the sum of the smaller
weights over the sum of the larger ones, which is two minus the sum of the smaller.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, csr_array

from nasreid.errors import NasreidError

SUMS = 2**22  # float64 sums that are there at once


def jaccard(encoded: csr_array, queries: int, weight: float, out: np.ndarray) -> None:
    """Add `weight` times the Jaccard distances (Q, G) to `out`; the first rows of `encoded` are queries (eq. 10)."""
    columns = csc_array(encoded[queries:])
    for query in range(queries):
        out[query] += weight * distance(_shared(encoded, columns, slice(query, query + 1), out.shape[1])[0])


def jaccard_graph(encoded: csr_array, farthest: float) -> csr_array:
    """Distances (N, N) of at most `farthest`, below 1: each image with itself and its near ones, nearest first.

    Symmetric to the last bit: the smaller weights of two images are added in the order of the columns, from both sides.
    """
    if not 0 <= farthest < 1:
        raise NasreidError(f"farthest {farthest} of a graph of Jaccard distances: expected 0 to below 1, as all images "
                           "that share nothing are 1 apart")
    encoded.sort_indices()
    count, columns = len(encoded.indptr) - 1, csc_array(encoded)
    found = [_near(encoded, columns, slice(start, min(start + max(1, SUMS // count), count)), farthest)
             for start in range(0, count, max(1, SUMS // count))]
    lengths, places, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return csr_array((values, places, np.concatenate([[0], lengths.cumsum()])), shape=(count, count))


def distance(shared: np.ndarray) -> np.ndarray:
    """From sums of the smaller weights to distances."""
    return 1 - shared / (2 - shared)


def _near(encoded: csr_array, columns: csc_array, rows: slice,
          farthest: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of some rows (B,): how many are near to each, who, and how far, nearest first and equal ones by position."""
    own = np.arange(rows.start, rows.stop)
    shared = _shared(encoded, columns, rows, len(encoded.indptr) - 1)
    shared[own - rows.start, own] = 1.0
    row, place = np.nonzero(shared >= 2 * (1 - farthest) / (2 - farthest) - 1e-9)  # who may be near
    value = np.maximum(distance(shared[row, place]), 0.0)
    near = value <= farthest
    row, place, value = row[near], place[near], value[near]
    order = np.lexsort((value, row))
    return np.bincount(row, minlength=len(own)), place[order], value[order]


def _shared(encoded: csr_array, columns: csc_array, rows: slice, wide: int) -> np.ndarray:
    """Sums (B, G) of the smaller weights of some rows with all `wide` that `columns` holds, in the columns' order."""
    part = slice(*encoded.indptr[[rows.start, rows.stop]])
    first, last = (columns.indptr[encoded.indices[part] + at] for at in (0, 1))
    many = last - first
    at = np.arange(many.sum()) + np.repeat(first - many.cumsum() + many, many)
    smaller = np.minimum(columns.data[at], np.repeat(encoded.data[part], many))
    high = rows.stop - rows.start
    lengths = np.diff(encoded.indptr[rows.start : rows.stop + 1])
    if high == 1:
        return np.bincount(columns.indices[at], smaller, wide)[None]
    row = np.repeat(np.repeat(np.arange(high, dtype=np.int64) * wide, lengths), many)
    return np.bincount(row + columns.indices[at], smaller, high * wide).reshape(high, wide)
