"""Training of a derived network: the same flat, resumable loop, without an architecture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import united, values
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.plan import Plan, Timetable
from nasreid.data.batches.stream import Guarded, PackedStep
from nasreid.data.batches.tensor_set import Images
from nasreid.data.batches.transforms import Augment
from nasreid.data.frame import Contents, relabel, training_rows
from nasreid.errors import NasreidError
from nasreid.files import read_table
from nasreid.genotype import Genotype
from nasreid.network.batch_norm import share_batches
from nasreid.network.build import built, inheritance
from nasreid.network.catalogue import find
from nasreid.network.cost import cost
from nasreid.network.network import Network
from nasreid.network.trained import AFTER_NECK, load_network
from nasreid.network.weights import save_weights
from nasreid.optimisers import WeightOptimiser
from nasreid.pictures.trajectories import curves
from nasreid.ranges import EPOCHS, SEEDS, made_of, real, whole
from nasreid.ranks import ALONE, Ranks
from nasreid.run import RunFolder
from nasreid.strategy import Part, Split, Twins
from nasreid.training.ema import Averaging
from nasreid.training.engine import Budget, Engine
from nasreid.training.following import Following
from nasreid.training.gathering import Gathering, divide
from nasreid.training.history import History
from nasreid.training.lightning import drive
from nasreid.training.loop import Loop, Schedule, Watch, every
from nasreid.training.named_objectives import OBJECTIVES, Term, compose, refuse
from nasreid.training.pages import kept_pages
from nasreid.training.recording import Recording
from nasreid.training.rehearsal import Rehearsal
from nasreid.training.seeding import seeded
from nasreid.training.sources import Files, Function, Source
from nasreid.training.stepper import Stepper
from nasreid.training.subnormals import flushed


@dataclass(frozen=True)
class Trained:
    """What a training computes: the network, in evaluation mode, its objectives, and what the steps have shown."""

    network: Network
    twins: Twins
    history: History


@dataclass(frozen=True)
class Retrain:
    """Everything the training of a genotype needs but the data.

    objectives: a list of {weight, objective, args}; each is applied to every feature of the neck. space confirms a
    space from outside nasreid; space_args override those of the genotype. init: a .safetensors file to start from, of a
    network or of the supernet of a search: what agrees in name and shape is used, chosen candidates included. The rate
    is 0.065 (MSINet section 4.3).

    ema: decay of a moving average of the whole state, as official CM-NAS has it; after every `ema_epochs` epochs (0:
    never before the end) it is written back and training goes on from it, and the run ends with it. frozen_epochs: so
    many first epochs train the objectives' own weights, the classifiers, and nothing else (OSNet-AIN, section 4.1).
    """

    genotype: Annotated[Genotype | str, "genotype.json, the run folder that holds it, or a name "
                                        "such as msinet (nasreid list)"]
    objectives: Annotated[Sequence[Term], "list of {weight, objective, args}; default: smoothed identity loss and "
                                          "batch-hard triplet"] = OBJECTIVES
    neck: Annotated[str, "auto, bnneck, two-feature, fc or fc-non-affine; with +gem behind it, pooled by the "
                          "generalised mean"] = "auto"
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None
    space_args: Annotated[Options, "override arguments of the genotype's space"] = field(default_factory=dict)
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
        made_of(self, neck=str, space_args=Mapping, objectives=Sequence, budget=Budget, optimiser=WeightOptimiser,
                engine=Engine)
        if not isinstance(self.genotype, Genotype | str | Path):
            raise NasreidError(f"genotype is {self.genotype!r}; expected a Genotype, its file or a name")
        whole(self, *SEEDS, "seed")
        whole(self, 0, EPOCHS[1], "frozen_epochs", "ema_epochs")
        real(self, 0, 1, "ema", open_above=True)
        Averaging(self.ema, self.ema_epochs)
        if not 0 <= self.frozen_epochs <= self.budget.epochs:
            raise NasreidError(f"frozen_epochs is {self.frozen_epochs}; expected 0 to epochs, {self.budget.epochs}")

    def check(self) -> None:
        """Refuse by name what is misspelt or does not fit together, before any data are read."""
        network = built(self.record(), self.neck, self.space, self.seed, **self.space_args)
        with seeded(self.seed):
            compose(self.objectives, network, classes=2)

    @kept_pages()
    @flushed()
    def train(self, frame: pd.DataFrame, images: Images | None = None, steps: int | None = None,
              batches: Iterable[PackedStep] | None = None,
              score: Callable[[Network, int], dict[str, float]] | None = None) -> Trained:
        """Train on the training rows of `frame` and keep everything in memory: no folder, no Lightning.

        images: a function that makes the images, in place of the frame's files, see `TensorSet`. steps: stop after so
        many. batches: those of `batches(frame)`, where several trainings share them. score(network, epoch) -> {name:
        value} for the history, after each epoch.
        """
        self.engine.check_in_memory()
        train, network, twins = self.parts(frame)
        watch = None if score is None else Watch(scores=partial(score, network))
        loop, source = self._loop(network, twins, train, watch), Function(train, images) if images else None
        shown = batches or self._steps(loop.plan, source or self._files(train), train)
        made = every(self.engine.look_every(), (loop.step(self.engine.sent(step)) for step in islice(shown, steps)))
        history = History.of(made)  # takes the steps
        return Trained(network.eval(), twins, history)

    def batches(self, frame: pd.DataFrame) -> Guarded[PackedStep]:
        """All batches of this training; they follow from data, budget, augmentation and seed, not from the genotype."""
        train = training_rows(frame, self.budget.p, self.budget.k)
        return self._steps(self.plan(train), self._files(train), train)

    def plan(self, train: pd.DataFrame) -> Plan:
        """Which of the training rows each step takes."""
        return self.budget.plan(Split(_all(train)), train, self.seed)

    @kept_pages()
    @flushed()
    def run(self, frame: pd.DataFrame, output: str | Path, force: bool = False,
            config: Options | None = None, ranks: Ranks = ALONE) -> Network:
        """The same under Lightning, written into a run folder: genotype, weights, metrics, checkpoints and pictures.

        Returns the network, on the device of the engine, in evaluation mode. ranks: the processes that share the run
        (`nasreid.training.world`), of which the first one writes; of a run that was finished before, the others return
        the network as it is before the first step.
        """
        train, network, twins = self.parts(frame)
        loop = self._loop(network, twins, train, ranks=ranks)
        ranks.check(self.budget.p, self.budget.k, loop.plan.halves)
        if not ranks.first:
            if not ranks.told()["finished"]:
                self._run(Following(loop, "retrain", ranks), train, ranks)
            ranks.told()
            return network.eval()
        with RunFolder(output, config or {"retrain": values(self, how=False)}, force) as folder:
            ranks.told({"finished": folder.finished})
            if not folder.finished:
                recording = Recording(loop, folder, "retrain", self.engine, Contents.of(train), ranks)
                self._run(recording, train, ranks)
                self.finish(self.built(), network, recording)
            ranks.told()
            return self.engine.place(load_network(folder.path, self.space)) if folder.finished else network.eval()

    @kept_pages()
    @flushed()
    def rehearse(self, parts: tuple[pd.DataFrame, Network, Twins], output: str | Path, rehearsal: Rehearsal) -> None:
        """Some first steps of a `run`, and all that is before and after them, in a new folder."""
        train, network, twins = parts
        with RunFolder(output, {"retrain": values(self, how=False)}) as folder:
            recording = Recording(self._loop(network, twins, train), folder, "retrain", self.engine, Contents.of(train))
            self._run(rehearsal.of(recording), train, ALONE)
            self.finish(self.built(), network, recording)

    def pictures(self, train: pd.DataFrame) -> list[PictureSet]:
        """Those that its steps take, none of which was seen."""
        return [self._files(train).augmented(_all(train))]

    def _run(self, recording: Recording | Following, train: pd.DataFrame, ranks: Ranks) -> None:
        recording.restore()
        loop = recording.loop
        drive(recording, self._steps(loop.plan, self._files(train), train, loop.next_step, ranks), self.engine)
        share_batches(loop.stepper.network, ALONE)
        divide(loop.stepper.twins, ALONE)

    def record(self) -> Genotype:
        """The genotype, read where its name or its file is given."""
        return find(self.genotype, self.space) if isinstance(self.genotype, str | Path) else self.genotype

    def built(self) -> Genotype:
        """The genotype with the arguments that this training builds it with."""
        record = self.record()
        provenance = {name: value for name, value in record.provenance.items() if name != AFTER_NECK}
        return Genotype(record.space, united(record.arguments, self.space_args), record.choices,
                        {**provenance, "neck": self.neck})

    def network(self) -> Network:
        """The network before the first step."""
        network = built(self.record(), self.neck, self.space, self.seed, **self.space_args)
        kin = inheritance(self.record(), self.space, **self.space_args) if self.init else None
        return self.engine.place(self.engine.start_from(network, self.init, kin))

    def parts(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, Network, Twins]:
        """Training rows, network and objectives, or a refusal before anything is written."""
        train = training_rows(frame, self.budget.p, self.budget.k)
        network = self.network()
        with seeded(self.seed):
            twins = Twins(compose(self.objectives, network, train["identity"].nunique()))
        refuse(twins, self.budget, train)
        if self.frozen_epochs and not any(p.requires_grad for p in twins.parameters()):
            raise NasreidError(f"frozen_epochs is {self.frozen_epochs}, but no objective has weights to train; "
                               "expected a classifier such as CrossEntropy, or 0")
        return train, network, twins

    def _loop(self, network: Network, twins: Twins, train: pd.DataFrame, watch: Watch | None = None,
              ranks: Ranks = ALONE) -> Loop:
        head = [*network.neck.parameters(), *twins.parameters()]
        plan = self.plan(train)
        share_batches(network, ranks)
        divide(twins, ranks)
        twins.to(self.engine.torch_device(), self.engine.dtype())
        stepper = Stepper(network, twins, self.optimiser.make(network.space.parameters(), head),
                          gathering=Gathering(ranks, plan.halves))
        stepper.run = self.engine.runner(network)
        schedule = Schedule(lambda epoch: (self.optimiser.rate(epoch, self.budget.epochs), 0.0),
                            frozen_epochs=self.frozen_epochs)
        averaging = Averaging(self.ema, self.ema_epochs)
        if ranks.size > 1 and self.ema is not None and any(getattr(o, "divides", False) for o in twins.modules()):
            raise NasreidError(f"ema is {self.ema} and a memory divided among {ranks.size} devices, none of which has "
                               "a state to average; expected one of the two")
        return Loop(stepper, plan, schedule, self.seed, averaging, watch or Watch())

    def _files(self, train: pd.DataFrame) -> Files:
        return Files(train, self.budget.augment(self.augment), self.seed, self.engine)

    def _steps(self, plan: Timetable, source: Source, train: pd.DataFrame, start: int = 0,
               ranks: Ranks = ALONE) -> Guarded[PackedStep]:
        return self.engine.steps(plan, start, source.augmented(_all(train)), ranks=ranks)

    def finish(self, record: Genotype, network: Network, recording: Recording) -> None:
        """Leave genotype, weights and pictures in the folder of the recording: the run is finished then."""
        folder, plan = recording.folder, recording.loop.plan
        record.save(folder / "genotype.json")
        save_weights(network, folder / "network.safetensors")
        if self.engine.draw:
            curves(read_table(folder / "metrics.csv", "name"), folder / "metrics.png")
        size = cost(network, self.budget.height, self.budget.width)
        folder.finish({"seed": self.seed, "steps": len(plan), "images": plan.images(),
                       "seconds": round(recording.seconds, 1), "parameters": size.parameters,
                       "multiply_adds": size.multiply_adds, "splits": ["train"]}, self.engine.torch_device())


def _all(train: pd.DataFrame) -> Part:
    return Part(np.arange(len(train)), relabel(train["identity"]), train["identity"].nunique())
