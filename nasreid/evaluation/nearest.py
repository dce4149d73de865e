"""The nearest of a gallery of any length, exactly, in the memory of one part of it."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

import numpy as np

from nasreid.errors import NasreidError
from nasreid.evaluation.distances import distances, unit

ROWS = 32_768  # of the gallery at a time


@dataclass(frozen=True)
class Nearest:
    """For each of Q queries the rows (Q, K) of the gallery, nearest first, and how far they are (Q, K)."""

    rows: np.ndarray
    distances: np.ndarray


def nearest(query: np.ndarray, gallery: np.ndarray, top: int = 10) -> Nearest:
    """The `top` rows of gallery (G, D) nearest to each query (Q, D) by direction; ties by gallery order.

    Distances are squared, of vectors of length one, and rounded as `nasreid.evaluation.distances` does it. Products in
    float32 choose who may be among the nearest: a sum of D products of numbers below one errs by at most D 2**-24, and
    so does its length (Higham, Accuracy and Stability of Numerical Algorithms, eq. 3.5); who is within that margin is
    measured again in float64.
    """
    checked(query, gallery, top)
    directions = unit(np.asarray(query, np.float32))
    margin = 4 * query.shape[1] * 2.0**-24
    kept = [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in directions]
    for start in range(0, len(gallery), ROWS):
        cosines = directions @ unit(np.asarray(part(gallery, start), np.float32)).T  # (Q, D) (D, B) -> (Q, B)
        if not np.isfinite(cosines).all():
            raise NasreidError(f"features {start} to {start + cosines.shape[1]}, or a query: not all are finite; "
                               "expected numbers")
        kept = [_best(*before, start, row, top, margin) for before, row in zip(kept, cosines, strict=True)]
    found = [measured(one, gallery, rows, top) for one, (rows, _) in zip(query, kept, strict=True)]
    return Nearest(np.stack([rows for rows, _ in found]), np.stack([far for _, far in found]))


def _best(rows: np.ndarray, values: np.ndarray, start: int, cosines: np.ndarray, top: int,
          margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Those of the rows so far and of a part of the gallery that may be among the nearest, in gallery order."""
    low = np.partition(values, -top)[-top] if len(values) >= top else -np.inf
    new = np.flatnonzero(cosines >= low - margin)
    rows, values = np.concatenate([rows, start + new]), np.concatenate([values, cosines[new]])
    if len(values) <= top:
        return rows, values
    stay = values >= np.partition(values, -top)[-top] - margin
    return rows[stay], values[stay]


def part(gallery: np.ndarray, start: int) -> np.ndarray:
    """Its ROWS rows (B, D) from there on; of a whole .npy file read, not mapped: what was seen is let go."""
    if not (isinstance(gallery, np.memmap) and isinstance(gallery.base, mmap.mmap) and gallery.flags.c_contiguous):
        return gallery[start : start + ROWS]
    rows, width = min(ROWS, len(gallery) - start), gallery.shape[1]
    at = gallery.offset + start * width * gallery.itemsize
    found = np.fromfile(str(gallery.filename), gallery.dtype, rows * width, offset=at)
    if found.size != rows * width:
        raise NasreidError(f"features {str(gallery.filename)!r} end before row {start + rows}; expected a file that "
                           "stays as it is while it is read")
    return found.reshape(rows, width)


def checked(query: np.ndarray, gallery: np.ndarray, top: int) -> None:
    """NasreidError unless queries (Q, D) can have `top` neighbours in the gallery (G, D)."""
    if query.ndim != 2 or gallery.ndim != 2 or query.shape[1] != gallery.shape[1]:
        raise NasreidError(f"queries of the shape {query.shape}, gallery {gallery.shape}: expected (Q, D) and (G, D)")
    if not 1 <= top <= len(gallery):
        raise NasreidError(f"top is {top}; expected 1 to {len(gallery)}, the size of the gallery")


def measured(query: np.ndarray, gallery: np.ndarray, rows: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """The `top` of these rows (R,), in gallery order, that are nearest to a query (D,): rows and distances (top,)."""
    far = distances(query[None], np.asarray(gallery[rows]))[0]
    order = np.argsort(far, kind="stable")[:top]
    return rows[order], far[order]
