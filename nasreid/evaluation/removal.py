"""Which gallery images a query may not meet. This is the only place that says so: scores, curves, lists and checks ask.

Two kinds are known. Of the query's own identity, images of its own camera do not count (Zheng et al., ICCV 2015,
"Scalable person re-identification: a benchmark"): they show the same moment. Of anybody, images of a camera that hangs
in the query camera's room are left out (SYSU-MM01, Wu et al., ICCV 2017: camera 3 does not ask camera 2). A camera
that is not known (`NO_CAMERA`) is nobody's own. Junk is no rule of a query: readers leave it out for all, and
distractors, who are asked for by nobody, stay in as strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nasreid.data.layouts.source import NO_CAMERA


@dataclass(frozen=True)
class Removal:
    """The rule of a protocol.

    same_camera: images of the query's identity *and* camera are removed. blind: pairs (camera that asks, camera that it
    may not ask), whoever is on the images. Everywhere: q_ids, q_cams (Q,) of the queries, g_ids, g_cams (G,) of the
    gallery.
    """

    same_camera: bool = False
    blind: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        said = ["same identity and camera removed"] if self.same_camera else []
        said += [f"camera {asking} does not see camera {seen}" for asking, seen in self.blind]
        return "; ".join(said) or "nothing removed"

    def pairs(self, own: np.ndarray | bool, q_cams: np.ndarray, g_cams: np.ndarray) -> np.ndarray:
        """Which pairs may not meet, bool, in the common shape of `own` (is the image of the query's identity?) and of
        the cameras of both."""
        gone = self._unseen(q_cams, g_cams)
        return gone | (own & (q_cams == g_cams) & (q_cams != NO_CAMERA)) if self.same_camera else gone

    def removed(self, q_ids: ArrayLike, g_ids: ArrayLike, q_cams: ArrayLike, g_cams: ArrayLike) -> np.ndarray:
        """Which gallery images each query may not meet, (Q, G) bool."""
        own = np.asarray(q_ids)[:, None] == np.asarray(g_ids)
        return self.pairs(own, np.asarray(q_cams)[:, None], np.asarray(g_cams))

    def answers(self, q_ids: np.ndarray, g_ids: np.ndarray, q_cams: np.ndarray, g_cams: np.ndarray) -> np.ndarray:
        """How many gallery images answer each query, (Q,): those of its identity that it may meet."""
        q, g = friends(q_ids, g_ids)
        return np.bincount(q[~self.pairs(True, q_cams[q], g_cams[g])], minlength=len(q_ids))

    def groups(self, q_cams: np.ndarray, g_cams: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Queries that see the same strangers: (rows of queries, rows of the gallery that they may meet, at least one).
        """
        asking = sorted({camera for camera, _ in self.blind} & set(q_cams.tolist()))
        rest = np.flatnonzero(~np.isin(q_cams, asking))
        found = [(rest, np.arange(len(g_cams)))] if len(rest) else []
        found += [(np.flatnonzero(q_cams == camera), np.flatnonzero(~self._unseen(np.asarray(camera), g_cams)))
                  for camera in asking]
        yield from ((rows, columns) for rows, columns in found if len(columns))

    def _unseen(self, q_cams: np.ndarray, g_cams: np.ndarray) -> np.ndarray:
        gone = np.zeros(np.broadcast_shapes(q_cams.shape, g_cams.shape), bool)
        for asking, seen in self.blind:
            gone |= (q_cams == asking) & (g_cams == seen)
        return gone


NOTHING, OWN_CAMERA = Removal(), Removal(same_camera=True)


def friends(q_ids: np.ndarray, g_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (query row, gallery row) of the same identity, sorted."""
    order = np.argsort(g_ids, kind="stable")
    first, last = (np.searchsorted(g_ids[order], q_ids, side) for side in ("left", "right"))
    many = last - first
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(np.arange(len(q_ids)), many), order[np.repeat(first, many) + within]
