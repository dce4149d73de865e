"""A protocol: which images ask which, what is removed, over what the CMC is, and all of it in words in every table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from nasreid.data.layouts.source import NO_CAMERA
from nasreid.errors import NasreidError
from nasreid.evaluation.counting.places import places
from nasreid.evaluation.curves import BLOCK, identity_places, single_gallery_shot
from nasreid.evaluation.distances import distances
from nasreid.evaluation.ranking import hits
from nasreid.evaluation.scores import Scores, average, summarise

CURVES = ("images", "identities", "single gallery shot")
TIES = "ties by gallery order"


@dataclass(frozen=True)
class Trial:
    """Rows of the frame that are query (Q,) and gallery (G,), in order."""

    query: np.ndarray
    gallery: np.ndarray


@dataclass(frozen=True)
class Protocol:
    """How features of a data set's test images become scores.

    rule: everything below in words. draw: the trials of a frame (columns path, identity, camera, modality, split,
    role), over which scores are averaged. same_camera: gallery images of the query's identity *and* camera are removed.
    blind: pairs (query camera, gallery camera) whose gallery images are removed, whoever is on them. curve: what the
    CMC counts, one of CURVES; mAP and mINP are over images. label: of a row, where a data set has several. repeats,
    seed: of the single gallery shots.
    """

    rule: str
    draw: Callable[[pd.DataFrame], Iterable[Trial]] = field(repr=False)
    same_camera: bool = False
    blind: tuple[tuple[int, int], ...] = ()
    curve: str = "images"
    label: str = ""
    repeats: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.curve not in CURVES:
            raise NasreidError(f"CMC over {self.curve!r}: expected one of {', '.join(CURVES)}")

    def score(self, frame: pd.DataFrame, features: Any, metric: str = "euclidean", normalise: bool = True,
              max_rank: int = 50, rerank: Callable[[Any, Any], np.ndarray] | None = None) -> Scores:
        """Scores of features (N, D), numpy or torch, of the N rows of `frame`: mean and single scores of the trials.

        `rerank` makes distances (Q, G) of query (Q, D) and gallery (G, D), in place of `metric`.
        """
        if len(features) != len(frame):
            raise NasreidError(f"{len(features)} features of {len(frame)} images: expected one for each")
        words = f"{metric}, {'normalised' if normalise else 'raw'} vectors" if rerank is None else str(rerank)
        found = []
        for trial in self.draw(frame):
            query, gallery = features[trial.query], features[trial.gallery]
            matrix = None if rerank is None else rerank(query, gallery)
            found.append(_Asked(self, frame, trial, query, gallery, metric, normalise, matrix).scores(max_rank))
        return replace(average(found), protocol=f"{self.rule}; {words}; {TIES}", label=self.label)


class _Asked:
    """One trial with its features, or with distances in their place."""

    def __init__(self, protocol: Protocol, frame: pd.DataFrame, trial: Trial, query: Any, gallery: Any, metric: str,
                 normalise: bool, matrix: np.ndarray | None):
        self.protocol, self.query, self.gallery, self.matrix = protocol, query, gallery, matrix
        self.options = metric, normalise
        ids, cameras = frame["identity"].to_numpy(), frame["camera"].to_numpy()
        self.q_ids, self.g_ids = ids[trial.query], ids[trial.gallery]
        asking = np.where(cameras == NO_CAMERA, NO_CAMERA - 1, cameras)  # a camera that is not known is nobody's own
        self.q_cams, self.g_cams = asking[trial.query], cameras[trial.gallery]

    def scores(self, max_rank: int) -> Scores:
        """Scores of this trial."""
        length = min(max_rank, len(self.g_ids))
        scores = summarise(self._places(), length)
        if self.protocol.curve == "identities":
            return replace(scores, cmc=summarise(self._identity_places(), length).cmc)
        if self.protocol.curve == "single gallery shot":
            return replace(scores, cmc=self._single_gallery_shot(length))
        return scores

    def _groups(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Queries that see the same gallery: (rows of queries, rows of gallery)."""
        blind = sorted({camera for camera, _ in self.protocol.blind} & set(self.q_cams.tolist()))
        rest = ~np.isin(self.q_cams, blind)
        if rest.any():
            yield np.flatnonzero(rest), np.arange(len(self.g_ids))
        for camera in blind:
            unseen = [seen for asking, seen in self.protocol.blind if asking == camera]
            yield np.flatnonzero(self.q_cams == camera), np.flatnonzero(~np.isin(self.g_cams, unseen))

    def _places(self) -> list[np.ndarray]:
        found: list[np.ndarray] = [np.zeros(0, np.int64)] * len(self.q_ids)
        for rows, columns in self._groups():
            labels = self.q_ids[rows], self.g_ids[columns], self.q_cams[rows], self.g_cams[columns]
            if self.matrix is None:
                vectors = self.query[rows], self.gallery[columns]
                some = places(*vectors, *labels, *self.options, self.protocol.same_camera)
            else:
                some = hits(self.matrix[np.ix_(rows, columns)], *labels, self.protocol.same_camera)
            for row, at in zip(rows, some, strict=True):
                found[row] = at
        return found

    def _blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """(rows, columns, distances with removed images infinite), `BLOCK` queries at a time."""
        for every, columns in self._groups():
            for rows in np.split(every, range(BLOCK, len(every), BLOCK)):
                if self.matrix is None:
                    found = distances(self.query[rows], self.gallery[columns], *self.options)
                else:
                    found = self.matrix[np.ix_(rows, columns)]
                if self.protocol.same_camera:
                    same = self.q_ids[rows, None] == self.g_ids[columns]
                    found = np.where(same & (self.q_cams[rows, None] == self.g_cams[columns]), np.inf, found)
                yield rows, columns, found

    def _identity_places(self) -> list[np.ndarray]:
        return [at for rows, columns, found in self._blocks()
                for at in identity_places(found, self.q_ids[rows], self.g_ids[columns])]

    def _single_gallery_shot(self, length: int) -> np.ndarray:
        random = np.random.RandomState(self.protocol.seed)
        sums = [single_gallery_shot(found, self.q_ids[rows], self.g_ids[columns], random, self.protocol.repeats, length)
                for rows, columns, found in self._blocks()]
        return np.sum([total for total, _ in sums], 0) / sum(valid for _, valid in sums)


def given(frame: pd.DataFrame) -> Iterator[Trial]:
    """One trial: the frame's own query and gallery."""
    yield Trial(rows(frame, frame["split"] == "query", "query"), rows(frame, frame["split"] == "gallery", "gallery"))


def rows(frame: pd.DataFrame, wanted: Any, what: str) -> np.ndarray:
    """Rows of the frame where `wanted`; raises NasreidError when there are none."""
    found = np.flatnonzero(np.asarray(wanted))
    if not len(found):
        splits = ", ".join(f"{count} {split}" for split, count in frame["split"].value_counts().sort_index().items())
        raise NasreidError(f"no {what} images among {splits or 'no rows'}: expected at least one")
    return found
