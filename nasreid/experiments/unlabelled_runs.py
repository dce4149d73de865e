"""A run without labels as one value, as `nasreid.experiments.runs` has those with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nasreid.arguments import Options
from nasreid.configuration import values
from nasreid.errors import NasreidError
from nasreid.experiments.runs import DataSet, RetrainRun, SearchRun
from nasreid.genotype import Genotype
from nasreid.network.network import Network
from nasreid.plugins import MULTI_TRIAL
from nasreid.ranks import ALONE, Ranks
from nasreid.training.retrain import Retrain
from nasreid.training.unlabelled import Clusters, Unlabelled
from nasreid.training.unlabelled_search import UnlabelledSearch

UNLABELLED = "unlabelled"  # the switch of nasreid search and retrain


@dataclass(frozen=True)
class UnlabelledRun:
    """The training of a genotype on images without labels."""

    data: DataSet
    retrain: Retrain
    clusters: Clusters = Clusters()

    def run(self, output: str | Path, force: bool = False, ranks: Ranks = ALONE,
            asked: Options | None = None) -> Network:
        """Train; the run folder gets weights, metrics, clusters and pictures. Unfinished, it is continued.

        asked: what config.yaml shall say, by default a retraining with these options.
        """
        own = self.checked()
        own.check()
        frame = self.data.frame("train", quiet=own.retrain.engine.quiet)
        said = {"retrain": {UNLABELLED: True, **values(replace(self, retrain=own.retrain), how=False)}}
        return own.run(frame, output, force, asked or said, ranks)

    def checked(self) -> Unlabelled:
        """The training with what was typed as text made what its parts take."""
        own = Unlabelled(RetrainRun(self.data, self.retrain).checked(), self.clusters)
        return replace(own, retrain=own.own())


@dataclass(frozen=True)
class UnlabelledSearchRun:
    """A one-shot search on images without labels. clusters: those of its options that are about the neck do not count.
    """

    run_of: SearchRun
    clusters: Clusters = Clusters()

    def run(self, output: str | Path, force: bool = False, ranks: Ranks = ALONE) -> Genotype:
        """Search; the run folder gets what a search leaves, and the clusters. Unfinished, it is continued."""
        own = self.run_of.read()
        if own.search.strategy in MULTI_TRIAL or own.shown is not None:
            raise NasreidError(f"strategy {own.search.strategy!r} with images {own.shown} without labels; expected a "
                               "one-shot strategy, and epochs (with epoch_steps) in place of images")
        search = UnlabelledSearch(own.one_shot(), replace(self.clusters, after_neck=False))
        search.check()
        own.one_shot().check()
        frame = own.data.frame("train", quiet=own.search.engine.quiet)
        asked = {UNLABELLED: True, **values(own, how=False), **values(self.clusters, how=False)}
        return search.run(frame, output, force, {"search": asked}, ranks)
