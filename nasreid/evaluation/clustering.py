"""Pseudo-identities: clusters of images that are near to each other by k-reciprocal Jaccard distance, no label read.

DBSCAN (Ester et al., KDD 1996) on the distances of Zhong et al. (CVPR 2017), as unsupervised ReID has it since Song et
al. (Pattern Recognition 102, 2020). Only distances of at most eps exist, as a sparse graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from nasreid.errors import NasreidError
from nasreid.evaluation.counting.neighbours import neighbours
from nasreid.evaluation.counting.pairs import Pairs
from nasreid.evaluation.distances import unit
from nasreid.evaluation.jaccard import jaccard_graph
from nasreid.evaluation.reranking import Rerank
from nasreid.ranges import real, whole

OUTLIER = -1


@dataclass(frozen=True)
class Clustering:
    """How images are put together.

    eps: Jaccard distance up to which two images are neighbours. min_samples: neighbours, itself included, that make an
    image the core of a cluster. k1, k2: of the k-reciprocal encoding (`nasreid.evaluation.reranking.Rerank`).
    camera_aware: what the images of a camera have in common, their mean vector, is taken from each of them before.
    """

    eps: Annotated[float, "Jaccard distance up to which two images are neighbours"] = 0.6
    min_samples: Annotated[int, "neighbours, itself included, that make an image the core of a cluster"] = 4
    k1: Annotated[int, "neighbours of the k-reciprocal encoding"] = 30
    k2: Annotated[int, "neighbours of its local expansion"] = 6
    camera_aware: Annotated[bool, "cluster by what is left when the mean of a camera is taken from its images"] = False

    def __post_init__(self) -> None:
        real(self, 0, 1, "eps", open_below=True, open_above=True)
        whole(self, 1, 100_000, "min_samples", "k1", "k2")

    def __call__(self, vectors: np.ndarray, cameras: np.ndarray) -> np.ndarray:
        """vectors (N, D), cameras (N,) -> clusters (N,) int64 from 0, numbered by their first images; -1: in none.

        Raises:
            NasreidError: fewer images than a cluster needs, or camera_aware without two known cameras.
        """
        from sklearn.cluster import DBSCAN

        self.check(cameras)
        directions = unit(np.asarray(vectors, np.float32))
        compared = self._centred(directions, cameras)
        pairs = Pairs(compared, compared)
        encoded = Rerank(self.k1, self.k2).encode(pairs, neighbours(pairs, max(self.k1 + 1, self.k2)))
        graph = jaccard_graph(encoded, self.eps)
        return in_order(DBSCAN(eps=self.eps, min_samples=self.min_samples, metric="precomputed").fit(graph).labels_)

    def check(self, cameras: np.ndarray) -> None:
        """Refuse what no features could mend; cameras (N,) of all images."""
        if len(cameras) < self.min_samples:
            raise NasreidError(f"{len(cameras)} images, and a cluster needs min_samples of {self.min_samples}; "
                               "expected more images, or a smaller min_samples")
        known = np.unique(cameras[cameras >= 0])
        if self.camera_aware and (len(known) < 2 or (cameras < 0).any()):
            there = f"{(cameras < 0).sum()} images of no known camera" if (cameras < 0).any() else "one camera"
            raise NasreidError(f"camera_aware with {there}; expected two or more cameras, known for every image, or no "
                               "camera_aware")

    def _centred(self, directions: np.ndarray, cameras: np.ndarray) -> np.ndarray:
        """Directions (N, D), where asked for less the mean of their camera, as camera-based normalisation has it
        (Zhuang et al., ECCV 2020, for the layers of a network)."""
        if not self.camera_aware:
            return directions
        found = np.empty_like(directions)
        for camera in np.unique(cameras):
            found[cameras == camera] = directions[cameras == camera] - directions[cameras == camera].mean(0)
        return found


def singled(labels: np.ndarray) -> np.ndarray:
    """Labels (N,) in which every image that is in no cluster is one of its own, numbered on after the clusters.

    >>> singled(np.array([-1, 0, 1, 0, -1])).tolist()
    [2, 0, 1, 0, 3]
    """
    alone = labels < 0
    return np.where(alone, labels.max(initial=-1) + np.cumsum(alone), labels)


def in_order(labels: np.ndarray) -> np.ndarray:
    """Labels (N,), -1 for none, numbered from 0 in the order in which they first appear: (N,) int64.

    >>> in_order(np.array([-1, 7, 2, 7, -1, 0])).tolist()
    [-1, 0, 1, 0, -1, 2]
    """
    known, first, place = np.unique(labels, return_index=True, return_inverse=True)
    inside = known >= 0
    number = np.full(len(known), OUTLIER, np.int64)
    number[np.flatnonzero(inside)[first[inside].argsort()]] = np.arange(inside.sum())
    return number[place]
