"""CMC, mAP and mINP from features or distances: pure functions, exact, and the same on every machine.

Protocol (Zheng et al., ICCV 2015, "Scalable person re-identification: a benchmark"): every query ranks the gallery by
distance; what it may not meet (`nasreid.evaluation.removal`) is removed first; a query without any other image of its
identity is skipped and counted. Equal distances are ordered by position in the gallery.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nasreid.errors import NasreidError
from nasreid.evaluation.distances import Vectors
from nasreid.evaluation.removal import OWN_CAMERA, Removal
from nasreid.evaluation.scores import Scores, summarise


def hits(distances: np.ndarray, q_ids: np.ndarray, g_ids: np.ndarray, q_cams: np.ndarray, g_cams: np.ndarray,
         removal: Removal = OWN_CAMERA) -> list[np.ndarray]:
    """For each query the places (0 = nearest) of its true matches in its ranked list, ascending; empty if it has none.

    distances (Q, G), q_ids and q_cams (Q,), g_ids and g_cams (G,).
    """
    shape, expected = np.shape(distances), (len(q_ids), len(g_ids))
    if shape != expected or len(q_cams) != expected[0] or len(g_cams) != expected[1]:
        raise NasreidError(f"distances have shape {shape}: expected {expected} and as many cameras as identities")
    if np.isnan(distances).any():
        raise NasreidError(f"{int(np.isnan(distances).sum())} distances are NaN: expected numbers")
    g_ids, removed = np.asarray(g_ids), removal.removed(q_ids, g_ids, q_cams, g_cams)
    order = np.argsort(distances, axis=1, kind="stable")
    return [np.flatnonzero((g_ids[row] == identity)[~gone[row]])
            for row, identity, gone in zip(order, q_ids, removed, strict=True)]


def counted(query: Vectors, gallery: Vectors, q_ids: np.ndarray, g_ids: np.ndarray, q_cams: np.ndarray,
            g_cams: np.ndarray, removal: Removal = OWN_CAMERA, **options: Any) -> list[np.ndarray]:
    """What `hits` gives, of vectors query (Q, D) and gallery (G, D): the distances (Q, G) never exist.

    options: metric, normalise and tile of `nasreid.evaluation.counting.places.places`.
    """
    from nasreid.evaluation.counting.places import places

    q_ids, g_ids, q_cams, g_cams = (np.asarray(values) for values in (q_ids, g_ids, q_cams, g_cams))
    found: list[np.ndarray] = [np.zeros(0, np.int64)] * len(q_ids)
    for rows, columns in removal.groups(q_cams, g_cams):
        asking, seen = q_cams[rows], g_cams[columns]

        def removed(q: np.ndarray, g: np.ndarray, asking: np.ndarray = asking, seen: np.ndarray = seen) -> np.ndarray:
            return removal.pairs(True, asking[q], seen[g])

        some = places(_some(query, rows), _some(gallery, columns), q_ids[rows], g_ids[columns], removed, **options)
        for row, at in zip(rows, some, strict=True):
            found[row] = at
    return found


def rank(distances: ArrayLike, q_ids: np.ndarray, g_ids: np.ndarray, q_cams: np.ndarray, g_cams: np.ndarray,
         removal: Removal = OWN_CAMERA, max_rank: int = 50) -> Scores:
    """Scores of distances (Q, G); q_ids, q_cams (Q,) and g_ids, g_cams (G,). The CMC ends at G."""
    found = hits(np.asarray(distances), q_ids, g_ids, q_cams, g_cams, removal)
    return summarise(found, _length(max_rank, len(g_ids)), str(removal))


def score(query: Vectors, gallery: Vectors, q_ids: np.ndarray, g_ids: np.ndarray, q_cams: np.ndarray,
          g_cams: np.ndarray, removal: Removal = OWN_CAMERA, max_rank: int = 50, **options: Any) -> Scores:
    """Scores of vectors query (Q, D) and gallery (G, D), numpy or torch; options as those of `counted`."""
    found = counted(query, gallery, q_ids, g_ids, q_cams, g_cams, removal, **options)
    how = options.get("metric", "euclidean"), "normalised" if options.get("normalise", True) else "raw"
    return summarise(found, _length(max_rank, len(g_ids)), f"{how[0]}, {how[1]} vectors, {removal}")


def _some(values: Vectors, rows: np.ndarray) -> Vectors:
    """Rows of vectors; all of them without a copy."""
    return values if len(rows) == len(values) else values[rows]


def _length(max_rank: int, gallery: int) -> int:
    if max_rank < 1:
        raise NasreidError(f"max_rank {max_rank}: expected at least 1")
    return min(max_rank, gallery)
