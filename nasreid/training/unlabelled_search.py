"""A search without labels: the strategy divides clusters of the images, which the supernet makes anew on the way.

Nobody has published it. The memories of the Twins Contrastive Mechanism need no classifier, so that both steps can be
given other identities whenever the clusters change; strategies that share a classifier between them begin it anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import values
from nasreid.data.batches.cluster_plan import ClusterPlan
from nasreid.data.frame import Contents, unlabelled_rows
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import relax
from nasreid.ranks import ALONE, Ranks
from nasreid.run import RunFolder
from nasreid.strategy import Part, Split, Strategy
from nasreid.training.cluster_tables import leave
from nasreid.training.history import History
from nasreid.training.labelling import Labelling, Rule
from nasreid.training.lightning import drive
from nasreid.training.loop import Loop, Watch, every
from nasreid.training.named_objectives import refuse
from nasreid.training.pages import kept_pages
from nasreid.training.recording import Recording
from nasreid.training.relabelled import Relabelled
from nasreid.training.search import Search
from nasreid.training.search_parts import Parts
from nasreid.training.search_results import Found, report
from nasreid.training.seeding import seeded
from nasreid.training.sources import Files
from nasreid.training.subnormals import flushed
from nasreid.training.unlabelled import Clusters

FEW = np.arange(2)


@dataclass(frozen=True)
class UnlabelledSearch:
    """The search of `search` on clusters; they, the split and what the objectives remember are new now and then.

    Clusters and objectives read the features before the neck, as the memories of a search do.
    """

    search: Search
    clusters: Clusters = Clusters(after_neck=False)

    def check(self) -> None:
        """Refuse by name what is misspelt or needs labels, before any data are read."""
        run, strategy = self.search, self.search.made_strategy()
        if run.validate_every or run.take not in ("last", "stable"):
            raise NasreidError(f"validate_every is {run.validate_every} and take {run.take!r} in a search without "
                               "labels; expected 0, and last or stable: a validation reads identities")
        if run.pricing.price is not None:
            raise NasreidError(f"price {run.pricing.price!r} in a search without labels; expected none")
        if self.clusters.alone:
            raise NasreidError("alone in a search, whose split divides the images of an identity; expected clusters "
                               "only")
        if not strategy.trained or run.objectives is not None:
            raise NasreidError(f"strategy {run.strategy!r} without labels: expected one that trains, with its own "
                               "objectives")

    @kept_pages()
    @flushed()
    def find(self, frame: pd.DataFrame) -> Found:
        """Search on the training rows of `frame` and keep everything in memory."""
        self.check()
        run = self.search
        run.engine.check_in_memory()
        parts, loop = self._made(unlabelled_rows(frame))
        shown = (loop.step(run.engine.sent(step)) for step in Relabelled(loop, run.engine))
        return run.found(parts, History.of(every(run.engine.look_every(), shown)))

    @kept_pages()
    @flushed()
    def run(self, frame: pd.DataFrame, output: str | Path, force: bool = False, config: Options | None = None,
            ranks: Ranks = ALONE) -> Genotype:
        """The same under Lightning, written into a run folder, see `Search.run`, and clusters.csv."""
        self.check()
        if ranks.size > 1:
            raise NasreidError(f"a search without labels over {ranks.size} devices; expected one, which makes the "
                               "clusters alone")
        train, engine = unlabelled_rows(frame), self.search.engine
        parts, loop = self._made(train)
        with RunFolder(output, config or {"search": values(self, how=False)}, force) as folder:
            if folder.finished:
                return Genotype.load(folder / "genotype.json")
            recording = Recording(loop, folder, "search", engine, Contents.of(train))
            recording.restore()
            drive(recording, Relabelled(loop, engine), engine)
            leave(folder)
            return report(folder, self.search.found(parts, recording.history()), engine.draw, recording.seconds)

    def _made(self, train: pd.DataFrame) -> tuple[Parts, Loop]:
        run, strategy, clusters = self.search, self.search.made_strategy(), self.clusters
        clusters.clustering.check(train["camera"].to_numpy())
        network = run.engine.start_from(run.network(), run.init)
        with seeded(run.seed):
            supernet = relax(network.space, strategy.relaxation, seed=run.seed, channels=run.channels)
        halves = len(strategy.split(_two(), np.random.default_rng(run.seed)).parts())
        plan = ClusterPlan(run.budget.epochs, clusters.steps(len(train), halves * run.budget.p * run.budget.k),
                           run.budget.p, run.budget.k, run.seed)
        width, begun = network.features[0][0], Split(*[Part(FEW, FEW, 2)] * halves)
        parts = Parts(strategy, network, supernet, train, begun, plan, strategy.objectives(width, begun),
                      warmup=run.warmup_weights, stopping=run.stopping, limit=run.likeliest(supernet.decisions))
        refuse(parts.trained(), run.budget, train)
        run.engine.place(network)
        parts.trained().to(run.engine.torch_device(), run.engine.dtype())
        source = Files(train, run.budget.augment(run.augment), run.seed, replace(run.engine, quiet=True))
        rule = Rule(clusters.clustering, lambda labels, epoch: divided(strategy, labels, run.seed, epoch),
                    lambda split: strategy.objectives(width, split), clusters.relabel_every, seed=run.seed)
        labelling = Labelling(rule, network, parts.trained(), plan, source, train, halves, run.engine.quiet)
        stepper = parts.stepper(run.optimiser)
        stepper.run, labelling.stepper = run.engine.runner(network), stepper
        watch, schedule = Watch(supernet.probabilities), parts.schedule(run.optimiser)
        return parts, Loop(stepper, plan, schedule, run.seed, watch=watch, labelling=labelling)


def divided(strategy: Strategy, labels: np.ndarray, seed: int, epoch: int) -> Split:
    """The strategy's split of the images that are in a cluster, drawn anew with the clusters of each epoch."""
    rows = np.flatnonzero(labels >= 0)
    split = strategy.split(pd.DataFrame({"identity": labels[rows]}), np.random.default_rng([seed, epoch]))
    return Split(*(replace(part, rows=rows[part.rows]) for part in split.parts()))


def _two() -> pd.DataFrame:
    """Images enough for any split."""
    return pd.DataFrame({"identity": np.repeat(np.arange(20), 4)})
