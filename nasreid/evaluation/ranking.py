"""CMC, mAP and mINP from features or distances: pure functions, exact, and the same on every machine.

Protocol (Zheng et al., ICCV 2015, "Scalable person re-identification: a benchmark"): every query ranks the gallery by
distance; gallery images of the query's identity *and* camera are removed first; a query without any other image of its
identity is skipped and counted. Equal distances are ordered by position in the gallery.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nasreid.errors import NasreidError
from nasreid.evaluation.scores import Scores, summarise


def hits(
    distances: np.ndarray, q_ids: Any, g_ids: Any, q_cams: Any, g_cams: Any, same_camera_rule: bool = True
) -> list[np.ndarray]:
    """For each query the places (0 = nearest) of its true matches in its ranked list, ascending; empty if it has none.

    distances (Q, G), q_ids and q_cams (Q,), g_ids and g_cams (G,).
    """
    shape, expected = np.shape(distances), (len(q_ids), len(g_ids))
    if shape != expected or len(q_cams) != expected[0] or len(g_cams) != expected[1]:
        raise NasreidError(f"distances have shape {shape}: expected {expected} and as many cameras as identities")
    if np.isnan(distances).any():
        raise NasreidError(f"{int(np.isnan(distances).sum())} distances are NaN: expected numbers")
    g_ids, g_cams = np.asarray(g_ids), np.asarray(g_cams)
    order = np.argsort(distances, axis=1, kind="stable")
    found = []
    for row, identity, camera in zip(order, q_ids, q_cams, strict=True):
        same = g_ids[row] == identity
        removed = same & (g_cams[row] == camera) & same_camera_rule
        found.append(np.flatnonzero(same[~removed]))
    return found


def rank(
    distances: Any,
    q_ids: Any,
    g_ids: Any,
    q_cams: Any,
    g_cams: Any,
    same_camera_rule: bool = True,
    max_rank: int = 50,
) -> Scores:
    """Scores of distances (Q, G); q_ids, q_cams (Q,) and g_ids, g_cams (G,). The CMC ends at G."""
    distances = np.asarray(distances)
    found = hits(distances, q_ids, g_ids, q_cams, g_cams, same_camera_rule)
    return summarise(found, _length(max_rank, len(g_ids)), _rule(same_camera_rule))


def score(
    query: Any,
    gallery: Any,
    q_ids: Any,
    g_ids: Any,
    q_cams: Any,
    g_cams: Any,
    metric: str = "euclidean",
    normalise: bool = True,
    same_camera_rule: bool = True,
    max_rank: int = 50,
    tile: tuple[int, int, int] | None = None,
) -> Scores:
    """Scores of vectors query (Q, D) and gallery (G, D); the distances (Q, G) never exist, see `nasreid.evaluation.counting.places`."""
    from nasreid.evaluation.counting.places import places

    found = places(query, gallery, q_ids, g_ids, q_cams, g_cams, metric, normalise, same_camera_rule, tile)
    protocol = f"{metric}, {'normalised' if normalise else 'raw'} vectors, {_rule(same_camera_rule)}"
    return summarise(found, _length(max_rank, len(g_ids)), protocol)


def _length(max_rank: int, gallery: int) -> int:
    if max_rank < 1:
        raise NasreidError(f"max_rank {max_rank}: expected at least 1")
    return min(max_rank, gallery)


def _rule(same_camera_rule: bool) -> str:
    return "same identity and camera removed" if same_camera_rule else "nothing removed"
