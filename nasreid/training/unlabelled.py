"""Training of a network on images without labels: it learns to tell clusters apart that it makes itself, each epoch.

Cluster Contrast (Dai et al., ACCV 2022) as a flat, resumable sequence of steps: vectors of all images, k-reciprocal
Jaccard distances, DBSCAN, P x K batches of its clusters against a memory of one row each. From fresh weights that is
purely unsupervised; from weights that were trained on another domain it is an adaptation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import values
from nasreid.data.batches.cluster_plan import ClusterPlan
from nasreid.data.batches.tensor_set import Images
from nasreid.data.frame import Contents, unlabelled_rows
from nasreid.errors import NasreidError
from nasreid.evaluation.clustering import Clustering
from nasreid.genotype import Genotype
from nasreid.network.network import Network
from nasreid.network.trained import AFTER_NECK, load_network
from nasreid.ranges import whole
from nasreid.ranks import ALONE, Ranks
from nasreid.run import RunFolder
from nasreid.strategy import Part, Split, Twins
from nasreid.training.cluster_tables import leave
from nasreid.training.history import History
from nasreid.training.labelling import Labelling, Rule, together
from nasreid.training.lightning import drive
from nasreid.training.loop import Loop, Schedule, every
from nasreid.training.named_objectives import CLUSTERS, OBJECTIVES, compose_joined, refuse
from nasreid.training.pages import kept_pages
from nasreid.training.recording import Recording
from nasreid.training.relabelled import Relabelled
from nasreid.training.retrain import Retrain, Trained
from nasreid.training.sources import Files, Function, Source
from nasreid.training.stepper import Stepper
from nasreid.training.subnormals import flushed

TWO = Split(Part(np.arange(2), np.arange(2), 2))  # before the first clusters are made


@dataclass(frozen=True)
class Clusters:
    """Labels that a training without any makes for itself.

    epoch_steps: of an epoch; None: as many as show about as many images as there are. relabel_every: epochs from one
    clustering to the next. after_neck: clusters, memory and retrieval read the features after the neck, as Cluster
    Contrast has it, and not the pooled ones before it. alone: an image in no cluster is a class of its own, as SpCL has
    it (Ge et al., NeurIPS 2020), and not left out: what bootstraps a network that knows nothing yet.
    """

    clustering: Clustering = Clustering()
    epoch_steps: Annotated[int | None, "steps of an epoch; default: about all images are shown once"] = None
    relabel_every: Annotated[int, "epochs from one clustering to the next"] = 1
    after_neck: Annotated[bool, "clusters, memory and retrieval read the features after the neck"] = True
    alone: Annotated[bool, "an image in no cluster is a class of its own, and not left out"] = False

    def __post_init__(self) -> None:
        whole(self, 1, 1_000_000, "epoch_steps", "relabel_every")

    def needed(self, unlabelled: bool) -> None:
        """Refuse options of clusters where labels are read."""
        own, default = values(self), values(Clusters())
        given = [name for name in own if own[name] != default[name]]
        if given and not unlabelled:
            raise NasreidError(f"{given[0]} is {own[given[0]]!r}, but labels are read; expected unlabelled, too")

    def steps(self, images: int, batch: int) -> int:
        """Steps of an epoch over so many images."""
        return self.epoch_steps or max(1, round(images / batch))


@dataclass(frozen=True)
class Unlabelled:
    """The training of `retrain` without labels. Where its objectives are the default ones, a memory of the clusters
    takes their place."""

    retrain: Retrain
    clusters: Clusters = Clusters()

    def __post_init__(self) -> None:
        for name, least in (("ema", None), ("frozen_epochs", 0)):
            if getattr(self.retrain, name) != least:
                raise NasreidError(f"{name} is {getattr(self.retrain, name)} in a training without labels, whose "
                                   f"objectives change with every clustering; expected {least}")

    def own(self) -> Retrain:
        """The training with the objectives that it has."""
        objectives = self.retrain.objectives
        return replace(self.retrain, objectives=CLUSTERS if list(objectives) == list(OBJECTIVES) else objectives)

    def check(self) -> None:
        """Refuse by name what is misspelt or does not fit together, before any data are read."""
        compose_joined(self.own().objectives, self.network(), classes=2)

    def network(self) -> Network:
        """The network before the first step."""
        network = self.retrain.network()
        network.after_neck = self.clusters.after_neck
        return network

    def record(self) -> Genotype:
        """The genotype of what is trained."""
        found = self.retrain.built()
        return replace(found, provenance={**found.provenance, AFTER_NECK: True}) if self.clusters.after_neck else found

    @kept_pages()
    @flushed()
    def train(self, frame: pd.DataFrame, images: Images | None = None, steps: int | None = None) -> Trained:
        """Train on the training rows of `frame` and keep everything in memory, see `Retrain.train`."""
        engine = self.retrain.engine
        engine.check_in_memory()
        train = unlabelled_rows(frame)
        loop, labelling = self._loop(train, Function(train, images) if images else self._files(train))
        shown = islice(Relabelled(loop, engine), steps)
        history = History.of(every(engine.look_every(), (loop.step(engine.sent(s)) for s in shown)))
        return Trained(labelling.network.eval(), labelling.twins, history)

    @kept_pages()
    @flushed()
    def run(self, frame: pd.DataFrame, output: str | Path, force: bool = False, config: Options | None = None,
            ranks: Ranks = ALONE) -> Network:
        """The same under Lightning, written into a run folder, see `Retrain.run`; clusters.csv has a row an epoch."""
        if ranks.size > 1:
            raise NasreidError(f"a training without labels over {ranks.size} devices; expected one, which makes the "
                               "clusters alone")
        train, engine = unlabelled_rows(frame), self.retrain.engine
        loop, labelling = self._loop(train, self._files(train))
        with RunFolder(output, config or {"retrain": values(self, how=False)}, force) as folder:
            if folder.finished:
                return engine.place(load_network(folder.path, self.retrain.space))
            recording = Recording(loop, folder, "retrain", engine, Contents.of(train))
            recording.restore()
            drive(recording, Relabelled(loop, engine), engine)
            leave(folder)
            self.retrain.finish(self.record(), labelling.network, recording)
        return labelling.network.eval()

    def _loop(self, train: pd.DataFrame, source: Source) -> tuple[Loop, Labelling]:
        run, network = self.own(), self.network()
        budget, objectives = run.budget, self._objectives(network)
        self.clusters.clustering.check(train["camera"].to_numpy())
        twins = objectives(TWO)
        refuse(twins, budget, train)
        plan = ClusterPlan(budget.epochs, self.clusters.steps(len(train), budget.p * budget.k), budget.p, budget.k,
                           run.seed)
        rule = Rule(self.clusters.clustering, lambda labels, epoch: together(labels), objectives,
                    self.clusters.relabel_every, self.clusters.alone)
        labelling = Labelling(rule, network, twins, plan, source, train, quiet=run.engine.quiet)
        stepper = Stepper(network, twins, run.optimiser.make(network.space.parameters(), network.neck.parameters()))
        stepper.run = run.engine.runner(network)
        schedule = Schedule(lambda epoch: (run.optimiser.rate(epoch, budget.epochs), 0.0))
        return Loop(stepper, plan, schedule, run.seed, labelling=labelling), labelling

    def _objectives(self, network: Network) -> Callable[[Split], Twins]:
        terms = self.own().objectives
        return lambda split: Twins(compose_joined(terms, network, split.train.classes))

    def _files(self, train: pd.DataFrame) -> Files:
        run = self.retrain
        return Files(train, run.budget.augment(run.augment), run.seed, replace(run.engine, quiet=True))
