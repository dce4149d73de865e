"""What a network finds for queries, as tables: ranked lists, and how close the hardest negatives are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.evaluation.distances import distances

COLUMNS = ("query", "query_identity", "query_camera", "rank", "path", "identity", "camera", "distance", "match")


def ranked(frame: pd.DataFrame, query: np.ndarray, gallery: np.ndarray, queries: Sequence[int], top: int = 10,
           same_camera_rule: bool = True, normalise: bool = True) -> pd.DataFrame:
    """The nearest `top` gallery images of some queries, one row each, in the columns `COLUMNS`.

    frame has the rows of the splits query (Q) and gallery (G); query (Q, D), gallery (G, D): their vectors; queries:
    places (n,) among the Q. distance is Euclidean; gallery images of the query's identity and camera are left out.
    """
    if top < 1:
        raise NasreidError(f"top {top}: expected at least 1")
    asked, shown = frame[frame["split"] == "query"], frame[frame["split"] == "gallery"]
    found = []
    for place in queries:
        far = np.sqrt(distances(query[place : place + 1], gallery, normalise=normalise)[0])
        found += one_list(asked.iloc[place], shown, far, top, same_camera_rule)
    return pd.DataFrame(found, columns=pd.Index(COLUMNS))


def one_list(query: Any, gallery: pd.DataFrame, distances: np.ndarray, top: int, same_camera_rule: bool = True
             ) -> list[tuple[Any, ...]]:
    """Rows as in `COLUMNS` for one query (a row of a frame), the gallery's G rows and their distances (G,) to it."""
    ids, cameras, paths = (gallery[column].to_numpy() for column in ("identity", "camera", "path"))
    same = ids == query["identity"]
    order = np.argsort(distances, kind="stable")
    order = order[~(same & (cameras == query["camera"]) & same_camera_rule)[order]][:top]
    return [(query["path"], query["identity"], query["camera"], rank, paths[i], ids[i], cameras[i], distances[i],
             same[i]) for rank, i in enumerate(order, start=1)]


def hardest(query: np.ndarray, gallery: np.ndarray, q_ids: np.ndarray, g_ids: np.ndarray, count: int = 10,
            normalise: bool = True, block: int = 64) -> np.ndarray:
    """Mean Euclidean distance of each query (Q, D) to its `count` nearest gallery images (G, D) of others, (Q,).

    MSINet, fig. 1, right panel (there count = 10): the higher, the wider the margin to what could be confused.
    """
    fewest = len(g_ids) - max((int((g_ids == identity).sum()) for identity in np.unique(q_ids)), default=0)
    if not 1 <= count <= fewest:
        raise NasreidError(f"hardest {count} negatives: expected 1 to {fewest}, the fewest that a query has")
    found = []
    for at in range(0, len(q_ids), block):
        far = distances(query[at : at + block], gallery, normalise=normalise)
        far[q_ids[at : at + block, None] == g_ids[None]] = np.inf
        found.append(np.sqrt(np.partition(far, count - 1, axis=1)[:, :count]).mean(1))
    return np.concatenate(found)


def spread(total: int, count: int) -> list[int]:
    """`count` places of 0..total - 1, evenly spread; all of them for a count of 0.

    >>> spread(9, 3)
    [0, 4, 8]
    """
    if count < 0:
        raise NasreidError(f"queries {count}: expected 0 (all) or more")
    places = np.linspace(0, total - 1, min(count, total) if count else total)
    return [int(place) for place in places.round()]
