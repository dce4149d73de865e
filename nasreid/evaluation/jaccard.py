"""Jaccard distances of k-reciprocal encodings (Zhong et al., CVPR 2017, eq. 10): who shares nothing is never looked at.

An encoding is an array (N, N) whose rows sum to one. The distance of two images is one minus the sum of the smaller
weights over the sum of the larger ones, which is two minus the sum of the smaller.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array

from nasreid.errors import NasreidError

SUMS = 2**22  # float64 sums that are there at once


def jaccard(encoded: csr_array, queries: int, weight: float, out: np.ndarray) -> None:
    """Add `weight` times the Jaccard distances (Q, G) to `out`; the first rows of `encoded` are queries (eq. 10)."""
    columns = csc_array(encoded[queries:])
    for query in range(queries):
        out[query] += weight * distance(_shared(encoded, columns, slice(query, query + 1), (0, out.shape[1]))[0])


def jaccard_graph(encoded: csr_array, farthest: float) -> csr_array:
    """Distances (N, N) of at most `farthest`, below 1: each image with itself and its near ones, nearest first.

    Symmetric to the last bit: the smaller weights of two images are added in the order of the columns, from both sides.
    """
    if not 0 <= farthest < 1:
        raise NasreidError(f"farthest {farthest} of a graph of Jaccard distances: expected 0 to below 1, as all images "
                           "that share nothing are 1 apart")
    encoded.sort_indices()
    count, columns = len(encoded.indptr) - 1, csc_array(encoded)
    order: Any = csr_array((np.arange(len(encoded.data)), encoded.indices, encoded.indptr), shape=encoded.shape)
    after = np.empty(len(encoded.data), np.int64)  # of each entry: where in its column the later rows begin
    after[np.asarray(csc_array(order).data, np.int64)] = np.arange(1, len(after) + 1)
    found, start = [], 0
    while start < count:
        stop = min(start + max(1, SUMS // (count - start)), count)
        found.append(_later(encoded, columns, after, slice(start, stop), farthest))
        start = stop
    row, place, value = (np.concatenate(parts) for parts in zip(*found, strict=True))
    own = np.arange(count)
    row, place = np.concatenate([row, place, own]), np.concatenate([place, row, own])
    value = np.concatenate([value, value, np.zeros(count)])
    sorting = np.lexsort((place, value, row))
    lengths = np.bincount(row, minlength=count)
    return csr_array((value[sorting], place[sorting], np.concatenate([[0], lengths.cumsum()])), shape=(count, count))


def distance(shared: np.ndarray) -> np.ndarray:
    """From sums of the smaller weights to distances."""
    return 1 - shared / (2 - shared)


def _later(encoded: csr_array, columns: csc_array, after: np.ndarray, rows: slice,
           farthest: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (row, later row, distance) of some rows with those after them that are near."""
    part = slice(*encoded.indptr[[rows.start, rows.stop]])
    between = after[part], columns.indptr[encoded.indices[part] + 1]
    shared = _shared(encoded, columns, rows, (rows.start, len(encoded.indptr) - 1), between)
    row, place = np.nonzero(shared >= 2 * (1 - farthest) / (2 - farthest) - 1e-9)  # who may be near
    value = np.maximum(distance(shared[row, place]), 0.0)
    near = value <= farthest
    return row[near] + rows.start, place[near] + rows.start, value[near]


def _shared(encoded: csr_array, columns: csc_array, rows: slice, place: tuple[int, int],
            between: tuple[np.ndarray, np.ndarray] | None = None) -> np.ndarray:
    """Sums (B, G) of the smaller weights of some rows with those of `columns` at place[0] to place[1], in the columns'
    order. between: of each entry of the rows, which part of its column counts; all of it."""
    part = slice(*encoded.indptr[[rows.start, rows.stop]])
    first, last = between or tuple(columns.indptr[encoded.indices[part] + at] for at in (0, 1))
    many = last - first
    at = np.arange(many.sum()) + np.repeat(first - many.cumsum() + many, many)
    smaller = np.minimum(columns.data[at], np.repeat(encoded.data[part], many))
    wide, high = place[1] - place[0], rows.stop - rows.start
    entries = np.diff(encoded.indptr[rows.start : rows.stop + 1])
    begin = np.repeat(np.repeat(np.arange(high, dtype=np.int64) * wide - place[0], entries), many)
    return np.bincount(begin + columns.indices[at], smaller, high * wide).reshape(high, wide)
