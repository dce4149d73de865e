"""A protocol: which images ask which, what is removed, over what the CMC is, and all of it in words in every table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from nasreid.data.frame import checked_columns
from nasreid.errors import NasreidError, one_of
from nasreid.evaluation.asked import Asked
from nasreid.evaluation.curves import identity_places, single_gallery_shot
from nasreid.evaluation.distances import Vectors
from nasreid.evaluation.removal import Removal
from nasreid.evaluation.scores import Scores, average, summarise
from nasreid.ranges import SEEDS, whole

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
    role), over which scores are averaged. removal: which gallery images a query may not meet. curve: what the CMC
    counts, one of CURVES; mAP and mINP are over images. label: of a row, where a data set has several. repeats, seed:
    of the single gallery shots.
    """

    rule: str
    draw: Callable[[pd.DataFrame], Iterable[Trial]] = field(repr=False)
    removal: Removal = Removal()
    curve: str = "images"
    label: str = ""
    repeats: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.curve not in CURVES:
            raise NasreidError(f"CMC over {one_of(self.curve, CURVES)}")
        whole(self, 1, 100_000, "repeats")
        whole(self, *SEEDS, "seed")

    def score(self, frame: pd.DataFrame, features: Vectors, metric: str = "euclidean", normalise: bool = True,
              max_rank: int = 50, rerank: Callable[[Vectors, Vectors], np.ndarray] | None = None) -> Scores:
        """Scores of features (N, D), numpy or torch, of the N rows of `frame`: mean and single scores of the trials.

        `rerank` makes distances (Q, G) of query (Q, D) and gallery (G, D), in place of `metric`.
        """
        if len(features) != len(frame):
            raise NasreidError(f"{len(features)} features of {len(frame)} images: expected one for each")
        words = f"{metric}, {'normalised' if normalise else 'raw'} vectors" if rerank is None else str(rerank)
        found = [self._scores(self.asked(frame, trial, features, metric, normalise, rerank), max_rank)
                 for trial in self.trials(frame)]
        return replace(average(found), protocol=f"{self.rule}; {words}; {TIES}", label=self.label)

    def trials(self, frame: pd.DataFrame) -> Iterable[Trial]:
        """The trials of a frame; raises NasreidError where it lacks a column, or images that ask or answer."""
        checked_columns(frame, needed=("identity", "camera", "split"))
        return self.draw(frame)

    def asked(self, frame: pd.DataFrame, trial: Trial, features: Vectors, metric: str = "euclidean",
              normalise: bool = True, rerank: Callable[[Vectors, Vectors], np.ndarray] | None = None) -> Asked:
        """One trial with its features (N, D), those of the frame's rows; the rest as for `score`."""
        ids, cameras = frame["identity"].to_numpy(), frame["camera"].to_numpy()
        query, gallery = features[trial.query], features[trial.gallery]
        matrix = None if rerank is None else rerank(query, gallery)
        return Asked(query, gallery, ids[trial.query], ids[trial.gallery], cameras[trial.query],
                     cameras[trial.gallery], self.removal, metric, normalise, matrix)

    def _scores(self, asked: Asked, max_rank: int) -> Scores:
        length = min(max_rank, len(asked.g_ids))
        scores = summarise(asked.places(), length)
        if self.curve == "identities":
            places = [at for rows, columns, found in asked.blocks()
                      for at in identity_places(found, asked.q_ids[rows], asked.g_ids[columns])]
            return replace(scores, cmc=summarise(places, length).cmc)
        if self.curve == "single gallery shot":
            return replace(scores, cmc=self._single_gallery_shot(asked, length))
        return scores

    def _single_gallery_shot(self, asked: Asked, length: int) -> np.ndarray:
        random = np.random.RandomState(self.seed)
        sums = [single_gallery_shot(found, asked.q_ids[rows], asked.g_ids[columns], random, self.repeats, length)
                for rows, columns, found in asked.blocks()]
        return np.sum([total for total, _ in sums], 0) / sum(valid for _, valid in sums)


def given(frame: pd.DataFrame) -> Iterator[Trial]:
    """One trial: the frame's own query and gallery."""
    yield Trial(rows(frame, frame["split"] == "query", "query"), rows(frame, frame["split"] == "gallery", "gallery"))


def rows(frame: pd.DataFrame, wanted: ArrayLike, what: str) -> np.ndarray:
    """Rows of the frame where `wanted`; raises NasreidError when there are none."""
    found = np.flatnonzero(np.asarray(wanted))
    if not len(found):
        splits = ", ".join(f"{count} {split}" for split, count in frame["split"].value_counts().sort_index().items())
        raise NasreidError(f"no {what} images among {splits or 'no rows'}: expected at least one")
    return found
