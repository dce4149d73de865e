"""What a network finds for queries, as tables: ranked lists, and how close the hardest negatives are.

One distance is in all of them, and in the pictures made from them: the plain Euclidean one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasreid.data.frame import names
from nasreid.data.layouts.source import NO_CAMERA
from nasreid.errors import NasreidError
from nasreid.evaluation.asked import Asked
from nasreid.evaluation.distances import distances
from nasreid.evaluation.protocol import Protocol, Trial
from nasreid.evaluation.removal import Removal

COLUMNS = ("query", "query_identity", "query_camera", "rank", "path", "identity", "camera", "distance", "match")
UNKNOWN = "–"  # a camera that is not known


def ranked(frame: pd.DataFrame, trial: Trial, features: np.ndarray, queries: Sequence[int], removal: Removal,
           top: int = 10, normalise: bool = True) -> pd.DataFrame:
    """The nearest `top` gallery images of some queries, one row each, in the columns `COLUMNS`.

    features (N, D) of the frame's N rows; trial: which of them are query (Q) and gallery (G); queries: places (n,)
    among the Q. removal: what a query may not meet, of the protocol that scores. Identities and cameras are called as
    the data set calls them. A query that meets no image at all has no row.
    """
    if top < 1:
        raise NasreidError(f"top {top}: expected at least 1")
    if not len(queries) or min(queries) < 0 or max(queries) >= len(trial.query):
        raise NasreidError(f"queries {list(queries)}: expected places from 0 to {len(trial.query) - 1}")
    asked, gallery = trial.query[np.asarray(queries)], trial.gallery
    ids, cameras, paths = (frame[column].to_numpy() for column in ("identity", "camera", "path"))
    removed = removal.removed(ids[asked], ids[gallery], cameras[asked], cameras[gallery])
    who, where = called(frame, "identity"), called(frame, "camera")
    found = []
    for q, gone in zip(asked, removed, strict=True):
        squared = distances(features[q : q + 1], features[gallery], normalise=normalise)[0]
        far, order = np.sqrt(squared), np.argsort(squared, kind="stable")
        for rank, at in enumerate(order[~gone[order]][:top], start=1):
            g = gallery[at]
            found.append((paths[q], who[q], where[q], rank, paths[g], who[g], where[g], far[at], ids[g] == ids[q]))
    return pd.DataFrame(found, columns=pd.Index(COLUMNS))


def first_trial(protocol: Protocol, frame: pd.DataFrame) -> tuple[pd.DataFrame, Trial]:
    """(images of the protocol's first trial, in the order of the frame; the trial in their rows)."""
    trial = next(iter(protocol.trials(frame)))
    kept = np.unique(np.concatenate([trial.query, trial.gallery]))
    return (frame.iloc[kept].reset_index(drop=True),
            Trial(np.searchsorted(kept, trial.query), np.searchsorted(kept, trial.gallery)))


def called(frame: pd.DataFrame, column: str) -> np.ndarray:
    """(N,) what people call the identities or cameras of a frame: the data set's own names, where it has some, else the
    numbers; a camera that is not known is a dash."""
    found = names(frame, column) if f"{column}_name" in frame else frame[column].to_numpy(object)
    return np.where(frame["camera"] == NO_CAMERA, UNKNOWN, found) if column == "camera" else found


def hardest(asked: Asked, count: int = 10, block: int = 64) -> np.ndarray:
    """Mean Euclidean distance of each query to its `count` nearest gallery images of others that it may meet, (Q,).

    MSINet, fig. 1, right panel (there count = 10): the higher, the wider the margin to what could be confused.
    """
    fewest = min((len(columns) - _most(asked.q_ids[rows], asked.g_ids[columns])
                  for rows, columns in asked.removal.groups(asked.q_cams, asked.g_cams)), default=0)
    if not 1 <= count <= fewest:
        raise NasreidError(f"hardest {count} negatives: expected 1 to {fewest}, the fewest that a query has")
    found = []
    for at in range(0, len(asked.q_ids), block):
        rows = slice(at, at + block)
        far = distances(asked.query[rows], asked.gallery, normalise=asked.normalise)
        far[asked.q_ids[rows, None] == asked.g_ids] = np.inf
        far[asked.removal.removed(asked.q_ids[rows], asked.g_ids, asked.q_cams[rows], asked.g_cams)] = np.inf
        found.append(np.sqrt(np.partition(far, count - 1, axis=1)[:, :count]).mean(1))
    return np.concatenate(found)


def _most(q_ids: np.ndarray, g_ids: np.ndarray) -> int:
    """How many gallery images the query with the most of its identity has."""
    known, many = np.unique(g_ids, return_counts=True)
    return int(many[np.isin(known, q_ids)].max(initial=0))


def spread(total: int, count: int) -> list[int]:
    """`count` places of 0..total - 1, evenly spread; all of them for a count of 0.

    >>> spread(9, 3)
    [0, 4, 8]
    """
    if count < 0:
        raise NasreidError(f"queries {count}: expected 0 (all) or more")
    places = np.linspace(0, total - 1, min(count, total) if count else total)
    return [int(place) for place in places.round()]
