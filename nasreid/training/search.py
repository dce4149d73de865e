"""The one-shot search: relax a space, train it under a strategy, derive a genotype. Lightning drives the steps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd

from nasreid.configuration import values
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.plan import Plan
from nasreid.data.batches.transforms import Augment, Plain
from nasreid.data.frame import check_batches, infrared
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import Supernet, relax
from nasreid.network.build import open_space
from nasreid.network.network import Network, with_neck
from nasreid.network.weights import load_matching
from nasreid.optimisers import WeightOptimiser
from nasreid.plugins import construct, resolve
from nasreid.run import RunFolder
from nasreid.strategy import Split, Strategy, Twins
from nasreid.training import centroids
from nasreid.training.engine import Budget, Engine
from nasreid.training.lightning import drive
from nasreid.training.loop import Loop
from nasreid.training.named_objectives import Term, exchange, refuse
from nasreid.training.search_results import TAKES, report, rows, taken
from nasreid.training.seeding import seeded
from nasreid.training.stepper import Stepper
from nasreid.training.validation import scorer


@dataclass(frozen=True)
class Search:
    """Everything a search needs but the data: names and arguments of space and strategy, seed, budget, optimiser.

    objectives: instead of the strategy's own, a list of {weight, objective, args}; architecture_objectives: those of
    the architecture step, where they shall differ (`nasreid.training.named_objectives.exchange`). validate_every: epochs between
    retrievals among the training images of the architecture step (`nasreid.training.validation`), 0 for none. take: the genotype
    of the "last" epoch, of the "best" validated one, or the most "stable" one (`nasreid.training.search_results.taken`).
    init: a .safetensors file to start from, such as ImageNet's; what agrees in name and shape is used.
    """

    space: Annotated[str, "search space: a name, module:Class or file.py:Class"] = "MSI"
    space_args: Annotated[dict[str, Any], "its arguments"] = field(default_factory=dict)
    strategy: Annotated[str, "search strategy: a name, module:Class or file.py:Class; or, by trials, evolution, tpe, "
                             "random or grid"] = "TCM"
    strategy_args: Annotated[dict[str, Any], "its arguments"] = field(default_factory=dict)
    seed: Annotated[int, "fixes everything: split, batches, initialisation, noise"] = 0
    budget: Budget = Budget()
    optimiser: WeightOptimiser = WeightOptimiser()
    augment: Augment | None = None
    engine: Engine = Engine()
    neck: Annotated[str, "bnneck, fc or fc-non-affine"] = "bnneck"
    objectives: Annotated[Sequence[Term] | None, "list of {weight, objective, args} in place of the strategy's own "
                                                 "losses"] = None
    architecture_objectives: Annotated[Sequence[Term] | None, "those of the architecture step, where they shall "
                                                              "differ"] = None
    validate_every: Annotated[int, "epochs between retrievals among training images, 0 for none"] = 0
    take: Annotated[str, "genotype of the last epoch, of the best validated one, or the most stable: last, best or "
                         "stable"] = "last"
    init: Annotated[str | None, "a .safetensors file to start from"] = None

    def run(self, frame: pd.DataFrame, output: str | Path, force: bool = False,
            config: dict[str, Any] | None = None) -> Genotype:
        """Search on the training rows of `frame` (path, identity, camera, modality, split) and fill the run folder.

        config: what config.yaml shall say (default: the fields of this object). A folder that holds an unfinished run
        of the same configuration is continued. The genotype returned is also in output/genotype.json.
        """
        train = self._training(frame)
        strategy = self._strategy()
        network, supernet = self._supernet(strategy)
        parts = self._parts(strategy, network, train) if strategy.trained else None
        folder = RunFolder(output, config or {"search": values(self, how=False)}, force)
        loop = None if parts is None else self._train(folder, strategy, network, supernet, train, *parts)
        genotype = self._derive(strategy, supernet, folder)
        report(folder, genotype, supernet, loop)
        return genotype

    def within(self, images: int, frame: pd.DataFrame) -> Search:
        """This search with the number of epochs that comes nearest to so many images shown, in steps of both kinds.

        What an epoch is differs between strategies; images are a budget that all can share.
        """
        strategy = self._strategy()
        if not strategy.trained:
            return self
        train = self._training(frame)
        plan = self._plan(strategy.split(train, np.random.default_rng(self.seed)), infrared(train))
        return replace(self, budget=self.budget.within(images, plan))

    def _training(self, frame: pd.DataFrame) -> pd.DataFrame:
        train = frame[frame["split"] == "train"].reset_index(drop=True)
        check_batches(train, self.budget.p, self.budget.k)
        return train

    def _strategy(self) -> Strategy:
        cls = resolve(self.strategy, "strategies")
        if not issubclass(cls, Strategy):
            raise NasreidError(f"{self.strategy!r} is no Strategy; expected a subclass of nasreid.strategy.Strategy")
        strategy = construct(cls, self.strategy_args)
        if self.take not in TAKES or self.validate_every < 0 or (self.take == "best" and not self.validate_every):
            raise NasreidError(f"take {self.take!r} with validate_every {self.validate_every}: expected one of "
                               f"{', '.join(TAKES)}, and for best a validation every n epochs")
        if self.architecture_objectives is not None and self.objectives is None:
            raise NasreidError("architecture objectives without objectives; expected both, or objectives alone")
        if self.objectives is not None and not strategy.trained:
            raise NasreidError(f"strategy {self.strategy!r} trains nothing; expected no objectives")
        return strategy

    def _supernet(self, strategy: Strategy) -> tuple[Network, Supernet]:
        # the objectives of a search see one feature; the richer neck belongs to retraining
        if self.neck not in ("bnneck", "fc", "fc-non-affine"):
            raise NasreidError(f"neck of a search {self.neck!r}: expected bnneck, fc or fc-non-affine")
        with seeded(self.seed):
            space = open_space(self.space, self.space_args)
            network = with_neck(space, self.neck)
        if self.init is not None:
            found = load_matching(network, self.init)
            if not self.engine.quiet:
                print(f"start from {self.init}\n{found}", file=sys.stderr)
        return network, relax(space, strategy.relaxation, seed=self.seed)

    def _parts(self, strategy: Strategy, network: Network, train: pd.DataFrame) -> tuple[Split, Twins, Plan]:
        """What can be refused, before anything is written."""
        split = strategy.split(train, np.random.default_rng(self.seed))
        with seeded(self.seed):
            twins = self._twins(strategy, network, split, train)
        refuse(twins, self.budget, train)
        return split, twins, self._plan(split, infrared(train))

    def _plan(self, split: Split, side: np.ndarray | None) -> Plan:
        """side (N,) bool: which training images are infrared, where there are some of both modalities."""
        first, second = split.train, split.validation
        sides = [None if part is None or side is None else side[part.rows] for part in (first, second)]
        return Plan(first.labels, self.budget.epochs, self.budget.p, self.budget.k, self.seed,
                    None if second is None else second.labels, *sides)

    def _twins(self, strategy: Strategy, network: Network, split: Split, train: pd.DataFrame) -> Twins:
        if self.objectives is None:
            return strategy.objectives(network.features[0][0], split)
        return exchange(network, split, train["identity"].to_numpy(), self.objectives, self.architecture_objectives)

    def _train(self, folder: RunFolder, strategy: Strategy, network: Network, supernet: Supernet,
               train: pd.DataFrame, split: Split, twins: Twins, plan: Plan) -> Loop:
        self.engine.place(network)
        twins.to(self.engine.torch_device())
        augment = self.augment or Augment(self.budget.height, self.budget.width)
        parts = split.parts()
        room = self.engine.cache_mib * 2**20 // len(parts)
        pictures = [PictureSet(train.iloc[part.rows], part.labels, augment, self.seed, room) for part in parts]
        stepper = self._stepper(strategy, network, supernet, twins)
        loop = Loop("search", folder, stepper, plan, self.seed, self._rates(strategy),
                    lambda epoch: strategy.temperature(epoch, self.budget.epochs), lambda: rows(supernet),
                    self.engine.checkpoint_seconds, self.engine.quiet,
                    score=self._score(network, split, train))
        loop.restore()
        if loop.next_step == 0:
            centroids.start(twins, split, network, train, Plain(augment.height, augment.width, augment.decoder),
                            self.engine.workers, self.engine.quiet)
        drive(loop, self.engine.steps(loop, *pictures), self.engine)
        return loop

    def _score(self, network: Network, split: Split, train: pd.DataFrame) -> Callable[[int], dict[str, float]]:
        if not self.validate_every:
            return lambda epoch: {}
        part = split.validation or split.train
        height, width = (self.augment or self.budget).height, (self.augment or self.budget).width
        return scorer(network, train.iloc[part.rows], height, width, self.validate_every, self.budget.epochs,
                      self.engine.workers, self.engine.torch_device().type)

    def _stepper(self, strategy: Strategy, network: Network, supernet: Supernet, twins: Twins) -> Stepper:
        alphas = list(supernet.alphas().values())
        mine = {id(alpha) for alpha in alphas}
        weights = [p for p in network.space.parameters() if id(p) not in mine]
        mover = self.optimiser.make(weights, [*network.neck.parameters(), *twins.parameters()])
        return Stepper(network, twins, mover, strategy.order, supernet, strategy.architecture.make(alphas),
                       strategy.samples)

    def _rates(self, strategy: Strategy) -> Callable[[int], tuple[float, float]]:
        epochs = self.budget.epochs
        stones = self.optimiser.stones(epochs)

        def rates(epoch: int) -> tuple[float, float]:
            weights = self.optimiser.rate(epoch, epochs)
            return weights, strategy.architecture.rate(epoch, epochs, stones, weights)

        return rates

    def _derive(self, strategy: Strategy, supernet: Supernet, folder: RunFolder) -> Genotype:
        epoch, probabilities = taken(folder, self.take) if strategy.trained else (None, supernet.probabilities())
        choices = strategy.choose(probabilities, np.random.default_rng(self.seed))
        provenance = {"strategy": self.strategy, "strategy_args": self.strategy_args, "seed": self.seed,
                      **vars(self.budget)}
        for name in ("objectives", "architecture_objectives"):
            if getattr(self, name) is not None:
                provenance[name] = list(getattr(self, name))
        if strategy.trained:
            provenance |= {"take": self.take, "taken_epoch": epoch}
            provenance["probabilities"] = {label: {name: round(p, 6) for name, p in row.items()}
                                           for label, row in probabilities.items()}
        return Genotype(self.space, self.space_args, choices, provenance)
