"""Training of a derived network: the same flat, resumable loop, without an architecture."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pandas as pd

from nasreid.configuration import united, values
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.plan import Plan
from nasreid.data.batches.transforms import Augment
from nasreid.data.frame import check_batches, infrared, relabel
from nasreid.errors import NasreidError
from nasreid.files import read_table
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.catalogue import find
from nasreid.network.network import Network
from nasreid.network.weights import load_matching, save_weights
from nasreid.objective import Objective, Weighted
from nasreid.optimisers import WeightOptimiser
from nasreid.plugins import construct, resolve
from nasreid.run import RunFolder
from nasreid.strategy import Twins
from nasreid.training.engine import Budget, Engine
from nasreid.training.lightning import drive
from nasreid.training.loop import Loop
from nasreid.training.named_objectives import Term, objective_of, refuse
from nasreid.training.seeding import seeded
from nasreid.training.stepper import Stepper

# MSINet section 4.3: label-smoothed identity loss and batch-hard triplet loss, on each feature of the neck
OBJECTIVES: tuple[dict[str, Any], ...] = (
    {"weight": 1.0, "objective": "CrossEntropy", "args": {"smoothing": 0.1}},
    {"weight": 1.0, "objective": "Triplet", "args": {"margin": 0.3}},
)


@dataclass(frozen=True)
class Retrain:
    """Everything the training of a genotype needs but the data.

    objectives: a list of {weight, objective, args}; each is applied to every feature of the neck. space confirms a
    space from outside nasreid; space_args override those of the genotype. init: a .safetensors file to start from,
    whose matching names and shapes are used. The rate is 0.065 (MSINet section 4.3).

    ema: decay of a moving average of the whole state, as official CM-NAS has it; after every `ema_epochs` epochs (0:
    never before the end) it is written back and training goes on from it, and the run ends with it. frozen_epochs: so
    many first epochs train the objectives' own weights, the classifiers, and nothing else (OSNet-AIN, section 4.1).
    """

    genotype: Annotated[Genotype | str, "genotype.json, or a name such as msinet (nasreid list)"]
    objectives: Annotated[Sequence[Term], "list of {weight, objective, args}; default: smoothed identity loss and "
                                          "batch-hard triplet"] = OBJECTIVES
    neck: Annotated[str, "auto, bnneck, two-feature, fc or fc-non-affine"] = "auto"
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None
    space_args: Annotated[dict[str, Any], "override arguments of the genotype's space"] = field(default_factory=dict)
    init: Annotated[str | None, "a .safetensors file to start from"] = None
    seed: Annotated[int, "fixes everything: batches, initialisation, augmentation"] = 0
    budget: Budget = Budget()
    optimiser: WeightOptimiser = WeightOptimiser(lr=0.065)
    augment: Augment | None = None
    engine: Engine = Engine()
    ema: Annotated[float | None, "decay of a moving average of the whole state; default: none"] = None
    ema_epochs: Annotated[int, "epochs between its write-backs into the network; 0: only at the end"] = 0
    frozen_epochs: Annotated[int, "first epochs that train the classifier alone"] = 0

    def __post_init__(self) -> None:
        if self.ema_epochs < 0 or (self.ema_epochs and self.ema is None):
            raise NasreidError(f"ema_epochs is {self.ema_epochs} and ema {self.ema}; expected a number of epochs from "
                               "0, and a decay where it is not 0")
        if not 0 <= self.frozen_epochs <= self.budget.epochs:
            raise NasreidError(f"frozen_epochs is {self.frozen_epochs}; expected 0 to epochs, {self.budget.epochs}")

    def run(self, frame: pd.DataFrame, output: str | Path, force: bool = False,
            config: dict[str, Any] | None = None) -> Network:
        """Train on the training rows of `frame`; output/network.safetensors, genotype.json, metrics.csv and pictures.

        Returns the network, on the device of the engine, in evaluation mode.
        """
        train = frame[frame["split"] == "train"].reset_index(drop=True)
        check_batches(train, self.budget.p, self.budget.k)
        network = self.network()
        twins = self._twins(network, train)
        folder = RunFolder(output, config or {"retrain": values(self, how=False)}, force)
        loop = self._loop(folder, network, twins, train)
        loop.restore()
        pictures = PictureSet(train, relabel(train["identity"]), self._augment(), self.seed,
                              self.engine.cache_mib * 2**20)
        drive(loop, self.engine.steps(loop, pictures), self.engine)
        self._finish(folder, network, loop)
        return network.eval()

    def record(self) -> Genotype:
        """The genotype, read where its name or its file is given."""
        return find(self.genotype, self.space) if isinstance(self.genotype, str) else self.genotype

    def built(self) -> Genotype:
        """The genotype with the arguments that this training builds it with."""
        record = self.record()
        return Genotype(record.space, united(record.arguments, self.space_args), record.choices,
                        {**record.provenance, "neck": self.neck})

    def network(self) -> Network:
        """The network before the first step."""
        network = built(self.record(), self.neck, self.space, self.seed, **self.space_args)
        if self.init is not None:
            report = load_matching(network, self.init)
            if not self.engine.quiet:
                print(f"start from {self.init}\n{report}", file=sys.stderr)
        return self.engine.place(network)

    def _augment(self) -> Augment:
        return self.augment or Augment(self.budget.height, self.budget.width)

    def _twins(self, network: Network, train: pd.DataFrame) -> Twins:
        """The objectives, or a refusal before anything is written."""
        with seeded(self.seed):
            twins = Twins(compose(self.objectives, network, train["identity"].nunique()))
        refuse(twins, self.budget, train)
        if self.frozen_epochs and not any(p.requires_grad for p in twins.parameters()):
            raise NasreidError(f"frozen_epochs is {self.frozen_epochs}, but no objective has weights to train; "
                               "expected a classifier such as CrossEntropy, or 0")
        return twins.to(self.engine.torch_device())

    def _loop(self, folder: RunFolder, network: Network, twins: Twins, train: pd.DataFrame) -> Loop:
        head = [*network.neck.parameters(), *twins.parameters()]
        stepper = Stepper(network, twins, self.optimiser.make(network.space.parameters(), head))
        labels = relabel(train["identity"])
        plan = Plan(labels, self.budget.epochs, self.budget.p, self.budget.k, self.seed, train_infrared=infrared(train))
        return Loop("retrain", folder, stepper, plan, self.seed,
                    lambda epoch: (self.optimiser.rate(epoch, self.budget.epochs), 0.0),
                    checkpoint_seconds=self.engine.checkpoint_seconds, quiet=self.engine.quiet,
                    frozen_epochs=self.frozen_epochs, ema=self.ema, ema_epochs=self.ema_epochs)

    def _finish(self, folder: RunFolder, network: Network, loop: Loop) -> None:
        from nasreid.network.cost import cost
        from nasreid.pictures.trajectories import curves

        self.built().save(folder / "genotype.json")
        save_weights(network, folder / "network.safetensors")
        curves(read_table(folder / "metrics.csv", "name"), folder / "metrics.png")
        size = cost(network, self.budget.height, self.budget.width)
        folder.finish({"seed": self.seed, "steps": len(loop.plan), "images": loop.plan.images(),
                       "seconds": round(loop.seconds, 1), "parameters": size.parameters,
                       "multiply_adds": size.multiply_adds, "splits": ["train"]}, self.engine.torch_device())


def compose(objectives: Sequence[dict[str, Any]], network: Network, classes: int) -> Objective:
    """The weighted sum over objectives and over the features of the network's neck."""
    terms: list[tuple[float, Objective]] = []
    for feature in range(len(network.features)):
        for term in objectives:
            objective = objective_of(term, network, classes, feature)
            if objective.needs_start:
                raise NasreidError(f"{term['objective']!r} starts from centroids, which retraining has not; expected "
                                   "one without a start (Memory: start=zeros)")
            if feature and objective.reads_maps:
                continue
            if feature:
                objective = construct(resolve("Local", "objectives"), {"objective": objective})
            terms.append((float(term.get("weight", 1.0)), objective))
    return Weighted(*terms)


