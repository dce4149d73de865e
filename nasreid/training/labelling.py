"""Labels that a run makes for itself: pseudo-identities of its images, anew where an epoch begins.

They follow from the network as it is then. A checkpoint holds them, as that network is gone within the epoch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from nasreid.data.batches.cluster_plan import ClusterPlan
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.stream import Pictures
from nasreid.errors import NasreidError
from nasreid.evaluation.cluster_figures import collapsed, figures
from nasreid.evaluation.clustering import OUTLIER, Clustering, singled
from nasreid.evaluation.evaluate import vectors_of
from nasreid.files import Document
from nasreid.network.network import Network
from nasreid.strategy import Part, Split, Twins
from nasreid.training.centroids import asking
from nasreid.training.seeding import seeded
from nasreid.training.sources import Source
from nasreid.training.stepper import Stepper


@dataclass(frozen=True)
class Rule:
    """clustering: of the vectors. divide(labels (N,), epoch) -> which images of which classes each step sees.
    objectives(split) -> those of both steps for these classes. every: epochs from one clustering to the next. alone:
    an image in no cluster is a class of its own, and not left out. seed: of weights that begin anew (a classifier).
    """

    clustering: Clustering
    divide: Callable[[np.ndarray, int], Split]
    objectives: Callable[[Split], Twins]
    every: int = 1
    alone: bool = False
    seed: int = 0


@dataclass
class Labelling:
    """The labels of a run over the images of `source`, and all that changes with them: the batches of `plan`, what
    `twins` remember. frame: its N rows, of which the cameras are read; identities only to say how good clusters are.
    quiet: say nothing of a collapse. stepper: of the run, whose optimiser takes over what begins anew.
    """

    rule: Rule
    network: Network
    twins: Twins
    plan: ClusterPlan
    source: Source
    frame: pd.DataFrame
    halves: int = 1
    quiet: bool = False
    stepper: Stepper | None = None
    labels: np.ndarray = field(init=False)
    since: int = field(init=False, default=-1)

    def __post_init__(self) -> None:
        self.labels = np.full(len(self.frame), OUTLIER)
        whole = Part(np.arange(len(self.frame)), self.labels, 0)
        self.pictures: list[Pictures] = [self.source.augmented(whole, of=self.halves) for _ in range(self.halves)]
        self._whole = whole
        for pictures in self.pictures:
            if isinstance(pictures, PictureSet):
                pictures.anew = True  # clusters of fewer than K images are common here

    def begin(self, epoch: int) -> dict[str, float]:
        """Cluster, where this epoch does; its batches, and what there is to say of the clusters.

        A clustering that has collapsed is said, and the one before it stays.

        Raises:
            NasreidError: the first one has collapsed.
        """
        if epoch % self.rule.every:
            self._take(epoch)
            return {}
        vectors = vectors_of(self.network, self.source.plain(self._whole))
        found = self.rule.clustering(vectors, self.frame["camera"].to_numpy())
        taken = singled(found) if self.rule.alone else found
        if collapsed(taken):
            self._alarm(epoch, found)
        else:
            self.labels, self.since = taken, epoch
        split = self._take(epoch)
        self._renew(split)
        self._start(vectors, split)
        said = figures(found, self.frame["identity"].to_numpy())
        return {**said, "eps": self.rule.clustering.eps, "collapsed": float(collapsed(found))}

    def state(self) -> Document:
        """What the rest of the epoch follows from."""
        return {"labels": torch.from_numpy(self.labels), "since": self.since}

    def load(self, state: Document, step: int) -> None:
        """Go on from a state; step: the one that is due."""
        self.labels, self.since = state["labels"].numpy(), state["since"]
        self._renew(self._take(self.plan.epoch_of(step)[0]))

    def _take(self, epoch: int) -> Split:
        """The batches of an epoch from the labels that there are."""
        split = self.rule.divide(self.labels, self.since)
        parts = split.parts()
        placed = [_placed(part, len(self.frame)) for part in parts]
        self.plan.begin(epoch, *placed)
        for pictures, labels in zip(self.pictures, placed, strict=True):
            pictures.labels = torch.from_numpy(labels)
        return split

    def _renew(self, split: Split) -> None:
        """Objectives for the classes that there are now; a classifier begins anew, as its classes do."""
        before, like = list(self.twins.parameters()), next(self.network.parameters())
        with seeded(int(np.random.SeedSequence([self.rule.seed, self.since]).generate_state(1)[0])):
            made = self.rule.objectives(split)
        self.twins.weights, self.twins.architecture = made.weights, made.architecture
        self.twins.to(like.device, like.dtype)
        if self.stepper is not None:
            self.stepper.exchange(before, list(self.twins.parameters()))

    def _start(self, vectors: np.ndarray, split: Split) -> None:
        """Let the objectives begin from the vectors (N, D) that the classes were made of."""
        like = next(self.network.parameters())
        for objective, part in asking(self.twins, split):
            own = torch.from_numpy(vectors[part.rows]).to(like)
            objective.start(own, torch.from_numpy(part.labels).to(like.device))

    def _alarm(self, epoch: int, labels: np.ndarray) -> None:
        clustering, found = self.rule.clustering, "one cluster" if labels.max(initial=-1) == 0 else "no cluster"
        alone = int((labels < 0).sum())
        more = "a larger eps, or a smaller min_samples" if 2 * alone > len(labels) else "a smaller eps or k1"
        said = (f"epoch {epoch}: {found} of {len(labels)} images, {alone} of them in none (eps {clustering.eps}, "
                f"min_samples {clustering.min_samples}, k1 {clustering.k1})")
        if self.since < 0:
            raise NasreidError(f"{said}; expected two clusters or more: {more}, or weights to start from (init)")
        if not self.quiet:
            print(f"alarm: {said}: collapsed; the clusters of epoch {self.since} stay ({more}?)", file=sys.stderr)


def _placed(part: Part, count: int) -> np.ndarray:
    """The labels of a part at the places of its rows among `count`, -1 elsewhere."""
    found = np.full(count, OUTLIER, np.int64)
    found[part.rows] = part.labels
    return found


def together(labels: np.ndarray) -> Split:
    """All images that are in a cluster, in one part."""
    rows = np.flatnonzero(labels >= 0)
    return Split(Part(rows, labels[rows], int(labels.max(initial=-1)) + 1))
