"""The one-shot search: relax a space, train it under a strategy, derive a genotype; in memory or in a run folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import values
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.tensor_set import Images
from nasreid.data.batches.transforms import Augment
from nasreid.data.frame import Contents, training_rows
from nasreid.errors import NasreidError
from nasreid.evaluation.protocol import Protocol
from nasreid.genotype import Genotype
from nasreid.mutation import Decisions, relax
from nasreid.network.batch_norm import share_batches
from nasreid.network.build import open_space
from nasreid.network.flow import flow
from nasreid.network.network import Network, with_neck
from nasreid.network.prices import Prices
from nasreid.optimisers import WeightOptimiser
from nasreid.pictures.diagram.diagram import needs_flow
from nasreid.plugins import construct, plug_in
from nasreid.ranges import EPOCHS, SEEDS, made_of, whole
from nasreid.ranks import ALONE, Ranks
from nasreid.run import RunFolder
from nasreid.space import SearchSpace
from nasreid.strategy import Strategy
from nasreid.training import centroids
from nasreid.training.engine import Budget, Engine
from nasreid.training.following import Following
from nasreid.training.gathering import divide
from nasreid.training.history import History
from nasreid.training.lightning import drive
from nasreid.training.likeliest import Likeliest
from nasreid.training.limits import Limits
from nasreid.training.loop import Loop, Watch, every
from nasreid.training.named_objectives import Term, objective_of, refuse
from nasreid.training.pages import kept_pages
from nasreid.training.price import PRICES, Price, Pricing
from nasreid.training.recording import Recording
from nasreid.training.rehearsal import Rehearsal
from nasreid.training.search_parts import Parts, arguments_of, place_of
from nasreid.training.search_results import EVERY_TAKE, PERTURB, Found, chosen, report
from nasreid.training.seeding import seeded
from nasreid.training.sources import Files, Function
from nasreid.training.stopping import Stopping
from nasreid.training.subnormals import flushed


@dataclass(frozen=True)
class Search:
    """Everything a search needs but the data: names and arguments of space and strategy, seed, budget, optimiser.

    objectives: instead of the strategy's own, a list of {weight, objective, args}; architecture_objectives: those of
    the architecture step, where they shall differ (`nasreid.training.named_objectives.exchange`). validate_every:
    epochs between retrievals among the validation images (`nasreid.training.validation`), 0 for none. take: the
    genotype of the "last" epoch, of the "best" validated one, the most "stable" one (`History.taken`), or "perturb": of
    the candidates that the validation misses most (`nasreid.training.perturbation`). warmup_weights: so many first
    epochs leave the alphas as they are. channels: one of so many parts of them runs through the candidates. limits:
    the most probable architecture that keeps them is taken. init: a
    .safetensors file to start from, such as ImageNet's; what agrees in name and shape is used.
    """

    space: Annotated[str, "search space: a name, module:Class or file.py:Class"] = "MSI"
    space_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
    strategy: Annotated[str, "search strategy: a name, module:Class or file.py:Class; or, by trials, evolution, tpe, "
                             "random or grid"] = "TCM"
    strategy_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
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
    take: Annotated[str, "genotype of the last epoch, of the best validated one, the most stable, or of what the "
                         "validation misses most: last, best, stable or perturb"] = "last"
    warmup_weights: Annotated[int, "first epochs in which the weights alone learn"] = 0
    channels: Annotated[int, "one of so many parts of the channels runs through the candidates (PC-DARTS), in a space "
                             "whose candidates have a narrow form"] = 1
    pricing: Pricing = Pricing()
    stopping: Stopping = Stopping()
    limits: Limits = Limits()
    init: Annotated[str | None, "a .safetensors file to start from"] = None

    def __post_init__(self) -> None:
        made_of(self, space=str, space_args=Mapping, strategy=str, strategy_args=Mapping, budget=Budget,
                optimiser=WeightOptimiser, engine=Engine, neck=str, pricing=Pricing, stopping=Stopping, limits=Limits)
        if self.augment is not None:
            made_of(self, augment=Augment)
        whole(self, *SEEDS, "seed")
        whole(self, 0, EPOCHS[1], "validate_every", "warmup_weights")
        whole(self, 1, 1024, "channels")

    def check(self) -> None:
        """Refuse by name what is misspelt or does not fit together, before any data are read."""
        self.made_strategy()
        network = self.network()
        with seeded(self.seed):
            for term in [*(self.objectives or ()), *(self.architecture_objectives or ())]:
                objective_of(term, network, classes=2)

    @kept_pages()
    @flushed()
    def search(self, frame: pd.DataFrame, images: Images | None = None, space: Callable[[], SearchSpace] | None = None,
               strategy: Strategy | None = None, steps: int | None = None) -> Found:
        """Search on the training rows of `frame` and keep everything in memory: no folder, no Lightning.

        images: a function that makes the images, in place of the frame's files, see `TensorSet`. space, strategy: a
        space's class and a strategy of one's own, in place of those named; arguments of the space by functools.partial,
        as a genotype could not say those that a function has inside. steps: stop after so many.
        """
        self.engine.check_in_memory()
        if images is not None and (self.validate_every or self.take == PERTURB):
            raise NasreidError(f"validate_every is {self.validate_every} and take {self.take}; expected 0, and another "
                               f"than {PERTURB}, for images that are in no file")
        parts = self.parts(frame, space, strategy)
        named = {} if space is None else {"space": place_of(parts.network.space), "space_args": arguments_of(space)}
        run = replace(self, **named)
        run = run if strategy is None else replace(run, strategy=place_of(strategy), strategy_args={})
        if parts.twins is None:
            return run.found(parts, History.of([]))
        source = Function(parts.frame, images) if images else self._files(parts)
        loop = self._loop(self._priced(parts, self._prices(space)))
        centroids.start(parts.twins, parts.split, parts.network, source)
        due = islice(self.engine.steps(loop.plan, loop.next_step, *source.halves(parts.split)), steps)
        shown = every(self.engine.look_every(), (loop.step(self.engine.sent(step)) for step in due))
        return run.found(parts, History.of(shown))

    @kept_pages()
    @flushed()
    def run(self, frame: pd.DataFrame, output: str | Path, force: bool = False,
            config: Options | None = None, own: Protocol | None = None, ranks: Ranks = ALONE) -> Genotype:
        """The same under Lightning, written into a run folder: tables, checkpoints, TensorBoard, pictures, weights.

        frame: path, identity, camera, modality, split. config: what config.yaml shall say (default: the fields of this
        object). own: the protocol of the data set, for the validation. A folder that holds an unfinished run of the
        same configuration is continued. The genotype returned is also in output/genotype.json. ranks: the processes
        that share the run (`nasreid.training.world`), of which the first one writes.
        """
        parts = replace(self.parts(frame), own=own)
        ranks.check(self.budget.p, self.budget.k, parts.plan.halves)
        if not ranks.first:
            return self._follow(parts, ranks)
        with RunFolder(output, config or {"search": values(self, how=False)}, force) as folder:
            costs = None if folder.finished else self._prices(kept=folder / PRICES)
            ranks.told({"finished": folder.finished, "prices": None if costs is None else asdict(costs)})
            found = (Genotype.load(folder / "genotype.json") if folder.finished else
                     self._run(self._priced(parts, costs), folder, ranks))
            ranks.told(asdict(found))
        return found

    @kept_pages()
    @flushed()
    def rehearse(self, parts: Parts, output: str | Path, rehearsal: Rehearsal) -> None:
        """Some first steps of a `run`, and all that is before and after them, in a new folder; objectives that start
        from vectors start from those of few pictures."""
        with RunFolder(output, {"search": values(self, how=False)}) as folder:
            self._run(parts, folder, ALONE, rehearsal)

    def _run(self, parts: Parts, folder: RunFolder, ranks: Ranks, rehearsal: Rehearsal | None = None) -> Genotype:
        if parts.twins is None:
            return report(folder, self.found(parts, History.of([])), self.engine.draw)
        loop = self._loop(parts, ranks)
        recording = Recording(loop, folder, "search", self.engine, Contents.of(parts.frame), ranks)
        self._steps(parts, recording if rehearsal is None else rehearsal.of(recording), ranks, rehearsal is not None)
        return report(folder, self.found(parts, recording.history()), self.engine.draw, recording.seconds)

    def _follow(self, parts: Parts, ranks: Ranks) -> Genotype:
        told = ranks.told()
        if not told["finished"] and parts.twins is not None:
            parts = self._priced(parts, None if told["prices"] is None else Prices(**told["prices"]))
            self._steps(parts, Following(self._loop(parts, ranks), "search", ranks), ranks)
        return Genotype(**ranks.told())

    def _steps(self, parts: Parts, recording: Recording | Following, ranks: Ranks, few: bool = False) -> None:
        source, loop = self._files(parts), recording.loop
        recording.restore()
        if loop.next_step == 0:
            centroids.start(parts.trained(), parts.split, parts.network, source, few)
        drive(recording, self.engine.steps(loop.plan, loop.next_step, *source.halves(parts.split), ranks=ranks),
              self.engine)
        share_batches(parts.network, ALONE)
        divide(parts.trained(), ALONE)

    def _prices(self, space: Callable[[], SearchSpace] | None = None, kept: Path | None = None) -> Prices | None:
        made = space or (lambda: open_space(self.space, self.space_args))
        return self.pricing.prices(made, self.budget.height, self.budget.width, self.engine.quiet, kept)

    def _priced(self, parts: Parts, costs: Prices | None) -> Parts:
        return parts if costs is None else replace(parts, price=Price(costs, self.pricing.price_weight))

    def within(self, images: int, frame: pd.DataFrame) -> Search:
        """This search with the number of epochs that comes nearest to so many images shown, in steps of both kinds.

        What an epoch is differs between strategies; images are a budget that all can share.
        """
        strategy = self.made_strategy()
        if not strategy.trained:
            return self
        train = training_rows(frame, self.budget.p, self.budget.k)
        split = strategy.split(train, np.random.default_rng(self.seed))
        return replace(self, budget=self.budget.within(images, self.budget.plan(split, train, self.seed)))

    def parts(self, frame: pd.DataFrame, space: Callable[[], SearchSpace] | None = None,
              strategy: Strategy | None = None) -> Parts:
        """The objects of the search, and every refusal, before anything is written."""
        strategy = self.made_strategy() if strategy is None else strategy
        train = training_rows(frame, self.budget.p, self.budget.k)
        network = self.engine.start_from(self.network(space), self.init)
        with seeded(self.seed):
            supernet = relax(network.space, strategy.relaxation, seed=self.seed, channels=self.channels)
        split = strategy.split(train, np.random.default_rng(self.seed))
        parts = Parts(strategy, network, supernet, train, split, self.budget.plan(split, train, self.seed),
                      warmup=self.warmup_weights, stopping=self.stopping,
                      limit=self.likeliest(supernet.decisions, space))
        if not strategy.trained:
            return parts
        with seeded(self.seed):
            twins = parts.objectives(self.objectives, self.architecture_objectives)
        refuse(twins, self.budget, train)
        return replace(parts, twins=twins)

    def likeliest(self, known: Decisions, space: Callable[[], SearchSpace] | None = None) -> Likeliest | None:
        """Who takes the most probable architecture within the limits, with the neck that it is retrained with; None
        where there are none."""
        made = space or (lambda: open_space(self.space, self.space_args))
        return Likeliest.of(self.limits, made, known, "auto", self.budget.height, self.budget.width)

    def made_strategy(self) -> Strategy:
        """The strategy of that name, with its arguments."""
        strategy = construct(plug_in(self.strategy, "strategies"), self.strategy_args)
        if self.take not in EVERY_TAKE or (self.take == "best" and not self.validate_every):
            raise NasreidError(f"take {self.take!r} with validate_every {self.validate_every}: expected one of "
                               f"{', '.join(EVERY_TAKE)}, and for best a validation every n epochs")
        if self.architecture_objectives is not None and self.objectives is None:
            raise NasreidError("architecture objectives without objectives; expected both, or objectives alone")
        if self.limits.any() and (not strategy.trained or self.take == PERTURB):
            raise NasreidError(f"strategy {self.strategy!r} with take {self.take}: the most probable network within a "
                               "limit is taken; expected a strategy with probabilities, or one by trials")
        if not strategy.trained and self.pricing.price is not None:
            raise NasreidError(f"strategy {self.strategy!r} trains nothing; expected no price")
        if not strategy.trained and (self.objectives is not None or self.take == PERTURB):
            raise NasreidError(f"strategy {self.strategy!r} trains nothing; expected no objectives, and take last")
        return strategy

    def network(self, space: Callable[[], SearchSpace] | None = None) -> Network:
        """The supernet's network before it is relaxed, of the space that is named or of a class."""
        # the objectives of a search see one feature; the richer neck belongs to retraining
        if self.neck not in ("bnneck", "fc", "fc-non-affine"):
            raise NasreidError(f"neck of a search {self.neck!r}: expected bnneck, fc or fc-non-affine")
        with seeded(self.seed):
            return with_neck(open_space(self.space, self.space_args) if space is None else space(), self.neck)

    def _loop(self, parts: Parts, ranks: Ranks = ALONE) -> Loop:
        self.engine.place(parts.network)
        share_batches(parts.network, ranks)
        divide(parts.trained(), ranks)
        parts.trained().to(self.engine.torch_device(), self.engine.dtype())
        size = self.budget.augment(self.augment)
        watch = Watch(parts.supernet.probabilities, parts.scores(self.validate_every, size, self.engine, ranks))
        stepper, schedule = parts.stepper(self.optimiser, ranks), parts.schedule(self.optimiser)
        stepper.run = self.engine.runner(parts.network)
        return Loop(stepper, parts.plan, schedule, self.seed, watch=watch)

    def _score(self, parts: Parts) -> float:
        """Validation mAP of the supernet as it is, in per cent."""
        scores = parts.scores(1, self.budget.augment(self.augment), self.engine)
        return scores(self.budget.epochs)["validation_mAP"]

    def pictures(self, parts: Parts) -> list[PictureSet]:
        """Those that its steps take, of each half of the split, none of which was seen."""
        files, halves = self._files(parts), parts.split.parts()
        return [files.augmented(part, of=len(halves)) for part in halves]

    def _files(self, parts: Parts) -> Files:
        return Files(parts.frame, self.budget.augment(self.augment), self.seed, self.engine)

    def found(self, parts: Parts, history: History) -> Found:
        """What this search has found when these parts have shown this history."""
        terms = {"objectives": self.objectives, "architecture_objectives": self.architecture_objectives}
        said = {"strategy": self.strategy, "strategy_args": self.strategy_args, "seed": self.seed, **vars(self.budget),
                **{name: list(some) for name, some in terms.items() if some is not None}}
        choices, probabilities, why = chosen(parts, history, self.take, self.seed, lambda: self._score(parts))
        travel = 0.0 if parts.twins is None else parts.travel(self.optimiser)
        genotype = Genotype(self.space, self.space_args, choices, {**said, **why})
        if needs_flow(genotype, self.space) and (traced := flow(parts.supernet.space, choices)) is not None:
            genotype = replace(genotype, provenance={**genotype.provenance, "flow": traced})
        return Found(genotype, probabilities, history, parts, travel)
