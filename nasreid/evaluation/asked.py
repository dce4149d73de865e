"""One trial: queries, the gallery that they ask, and the places where their true matches come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasreid.evaluation.curves import BLOCK
from nasreid.evaluation.distances import Vectors, distances
from nasreid.evaluation.ranking import counted, hits
from nasreid.evaluation.removal import Removal
from nasreid.evaluation.scores import summarise


@dataclass(frozen=True)
class Asked:
    """Vectors query (Q, D) and gallery (G, D), or distances `matrix` (Q, G) in their place; identities and cameras of
    both, (Q,) and (G,); who may not meet; metric and normalise as in `nasreid.evaluation.distances.distances`."""

    query: Vectors
    gallery: Vectors
    q_ids: np.ndarray
    g_ids: np.ndarray
    q_cams: np.ndarray
    g_cams: np.ndarray
    removal: Removal
    metric: str = "euclidean"
    normalise: bool = True
    matrix: np.ndarray | None = None

    def places(self) -> list[np.ndarray]:
        """For each query the places of its true matches in its ranked list, see `nasreid.evaluation.ranking.hits`."""
        labels = self.q_ids, self.g_ids, self.q_cams, self.g_cams, self.removal
        if self.matrix is not None:
            return hits(self.matrix, *labels)
        return counted(self.query, self.gallery, *labels, metric=self.metric, normalise=self.normalise)

    def precision(self) -> np.ndarray:
        """Average precision of each query, (Q,); NaN where nothing answers it."""
        return np.array([summarise([at], 1).map if len(at) else np.nan for at in self.places()])

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """(rows, columns, distances with removed images infinite), `BLOCK` queries at a time."""
        for every, columns in self.removal.groups(self.q_cams, self.g_cams):
            for rows in np.split(every, range(BLOCK, len(every), BLOCK)):
                removed = self.removal.removed(self.q_ids[rows], self.g_ids[columns], self.q_cams[rows],
                                               self.g_cams[columns])
                yield rows, columns, np.where(removed, np.inf, self._distances(rows, columns))

    def _distances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        if self.matrix is not None:
            return self.matrix[np.ix_(rows, columns)]
        return distances(self.query[rows], self.gallery[columns], self.metric, self.normalise)
