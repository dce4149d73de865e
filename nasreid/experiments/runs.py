"""One run as one value: what is searched or trained, on what images.

Python, recipes, the command line and the jobs of a comparison all make these, and all go through their `run`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import How, Spelled, plain, values
from nasreid.data.checked import checked_frame, notes, permitted
from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.evaluation.protocols import of_layout
from nasreid.experiments.multitrial import MultiTrial
from nasreid.experiments.trial_options import TrialOptions
from nasreid.files import Document
from nasreid.genotype import Genotype
from nasreid.names import located
from nasreid.network.build import plug_ins_in
from nasreid.network.network import Network
from nasreid.plugins import MULTI_TRIAL, is_ours, plug_in, read_arguments
from nasreid.progress import Counter
from nasreid.ranks import ALONE, Ranks
from nasreid.training.limits import Limits
from nasreid.training.named_objectives import read_terms
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search


@dataclass(frozen=True)
class DataSet:
    """The images."""

    data: Annotated[str, "root folder of the data set"]
    layout: Annotated[str, "its layout (nasreid list), or module:Class, or file.py:Class"] = "market1501"
    data_args: Annotated[Options, "options of the layout (nasreid show LAYOUT)"] = field(default_factory=dict)
    skip_broken: Annotated[bool, "leave out images that cannot be decoded, instead of refusing them"] = False
    allow_outside: Annotated[bool, "let a list of yours (layout csv) name images outside its folder", How] = False

    def frame(self, *splits: str, quiet: bool = True) -> pd.DataFrame:
        """The rows of these splits, whose images all decode; what there is to say of them goes to stderr."""
        with Counter("check images", quiet) as counter:
            arguments = permitted(self.data_args, self.allow_outside)
            frame, said = checked_frame(self.data, self.layout, arguments, splits, self.skip_broken, counter)
        for note in said:
            print(note, file=sys.stderr)
        return frame

    def listed(self) -> DataSet:
        """This, once its folder was read without decoding: many jobs shall not fail one by one for its sake."""
        arguments = permitted(self.data_args, self.allow_outside)
        read(self.layout, self.data, **{"skip_broken": self.skip_broken, **arguments})
        for note in notes(self.layout):
            print(note, file=sys.stderr)
        return self

    def record(self) -> Document:
        """As the documents of trials have it, from whatever folder they run in."""
        arguments = plain(permitted(self.data_args, self.allow_outside))
        return {"data": str(located(self.data).resolve()), "layout": self.layout, "data_args": arguments,
                "skip_broken": self.skip_broken}


@dataclass(frozen=True)
class SearchRun:
    """A search, one-shot or by trials.

    fix: decisions that are made, each as label=candidate; labels may be patterns. images: sets the epochs to the whole
    number that comes nearest.
    """

    data: DataSet
    search: Search = Search()
    fix: Annotated[Sequence[str], "decisions that are made, each as label=candidate; labels may be patterns: "
                                  "cell[1-4].*=none"] = ()
    shown: Annotated[int | None, "images that the search may show in all its steps: sets the epochs to the whole "
                                 "number that comes nearest", Spelled("images")] = None
    trials: TrialOptions = TrialOptions()

    def __post_init__(self) -> None:
        if self.shown is not None and self.shown < 1:
            raise NasreidError(f"images is {self.shown}; expected at least 1")

    def run(self, output: str | Path, force: bool = False, ranks: Ranks = ALONE) -> Genotype:
        """Search; the run folder gets genotype, diagram, trajectory, metrics, weights. Unfinished, it is continued.

        ranks: the processes that share the run (`nasreid.training.world`).
        """
        own = self.read()
        asked = {"search": values(own, how=False)}
        if self.search.strategy in MULTI_TRIAL:
            if ranks.size > 1:
                raise NasreidError(f"strategy {self.search.strategy!r} runs trials, not one search over {ranks.size} "
                                   "devices; expected one process (concurrent runs several trials at a time)")
            self.data.listed()
            if (idle := self._idle()) and not self.search.engine.quiet:
                print(f"strategy {self.search.strategy!r} runs trials: {', '.join(idle)} of a one-shot search "
                      f"{'means' if len(idle) == 1 else 'mean'} nothing to them", file=sys.stderr)
            return own.by_trials().run(output, asked, force)
        search, frame = own.on_data(self.search.engine.quiet or not ranks.first)
        return search.run(frame, output, force, asked, of_layout(self.data.layout)[0], ranks)

    def _idle(self) -> list[str]:
        """Options that only one-shot searches have, where they are not as always."""
        usual = Search()
        return [name for name in ("channels", "stopping", "take", "validate_every", "warmup_weights")
                if getattr(self.search, name) != getattr(usual, name)]

    def read(self) -> SearchRun:
        """The same, with what was typed as text made what its parts take."""
        strategy = self.search.strategy
        search = replace(
            self.search, space_args=read_arguments(plug_in(self.search.space, "spaces"), self.search.space_args),
            strategy_args=self.search.strategy_args if strategy in MULTI_TRIAL else read_arguments(
                plug_in(strategy, "strategies"), self.search.strategy_args),
            objectives=read_terms(self.search.objectives),
            architecture_objectives=read_terms(self.search.architecture_objectives))
        return replace(self, search=search)

    def on_data(self, quiet: bool) -> tuple[Search, pd.DataFrame]:
        """The one-shot search, checked, with as many epochs as its images ask for, and its training frame."""
        search = self.one_shot()
        search.check()
        frame = self.data.frame("train", quiet=quiet)
        if self.shown is None:
            return search, frame
        within = search.within(self.shown, frame)
        if not quiet and within.budget.epochs != search.budget.epochs:
            print(f"images {self.shown}: {within.budget.epochs} epochs of this data set, instead of "
                  f"{search.budget.epochs} (--epochs takes its place)", file=sys.stderr)
        return within, frame

    def one_shot(self) -> Search:
        """The search, with decisions made."""
        space, arguments = fixed(self.search.space, self.search.space_args, self.fix)
        return replace(self.search, space=space, space_args=arguments)

    def by_trials(self) -> MultiTrial:
        """The search, where its strategy is one of trials."""
        search = self.one_shot()
        if search.architecture_objectives is not None:
            raise NasreidError(f"strategy {search.strategy!r} has no architecture step; expected no architecture "
                               "objectives")
        if search.pricing.price is not None:
            raise NasreidError(f"strategy {search.strategy!r} runs trials and pays for none; expected no price, but a "
                               "limit (--at-most-multiply-adds), or nsga2")
        budget = replace(search.budget, epochs=self.trials.epochs(search.budget.epochs))
        typed = confirmed(self.search.space, self.search.space_args)
        like = Retrain(Genotype(search.space, search.space_args, {}), neck=search.neck,
                       space=typed, init=search.init, seed=search.seed, budget=budget,
                       optimiser=search.optimiser, augment=search.augment, engine=search.engine)
        if search.objectives is not None:
            like = replace(like, objectives=search.objectives)
        supernet = None if self.trials.supernet is None else str(located(self.trials.supernet).resolve())
        run = MultiTrial(search.space, search.space_args, search.strategy, search.strategy_args, like,
                         self.data.record(), self.trials.trials, self.trials.validation, self.trials.concurrent,
                         supernet, self._supernet(), self.trials.recalibration, search.limits)
        return run if self.shown is None or self.trials.trial_epochs is not None else run.within(self.shown)

    def _supernet(self) -> Search | None:
        """The one-shot search that makes the judge of the trials, where it is part of the run."""
        name = self.trials.supernet_strategy
        if name is None:
            return None
        if name in MULTI_TRIAL:
            raise NasreidError(f"supernet_strategy {name!r} is one of trials; expected a one-shot strategy")
        arguments = read_arguments(plug_in(name, "strategies"), self.trials.supernet_args)
        return replace(self.one_shot(), strategy=name, strategy_args=arguments, limits=Limits())


@dataclass(frozen=True)
class RetrainRun:
    """The training of a genotype."""

    data: DataSet
    retrain: Retrain

    def run(self, output: str | Path, force: bool = False, ranks: Ranks = ALONE) -> Network:
        """Train; the run folder gets weights, metrics and pictures. Unfinished, it is continued. ranks: see SearchRun.
        """
        run = self.checked()
        run.check()
        frame = self.data.frame("train", quiet=run.engine.quiet)
        return run.run(frame, output, force, {"retrain": values(replace(self, retrain=run), how=False)}, ranks)

    def checked(self) -> Retrain:
        """The training with what was typed as text made what its parts take."""
        record = self.retrain.record()
        arguments = self.retrain.space_args
        if is_ours(record.space) or record.space == self.retrain.space:  # no other is executed
            arguments = read_arguments(plug_in(record.space, "spaces"), arguments)
        return replace(self.retrain, space_args=arguments, objectives=read_terms(self.retrain.objectives))


def fixed(space: str, space_args: Options, fix: Sequence[str]) -> tuple[str, Options]:
    """Name and arguments of the space in which the decisions of `fix` (label=candidate) are made."""
    if not fix:
        return space, space_args
    pairs = [entry.rpartition("=") for entry in fix]
    for entry, (label, _, name) in zip(fix, pairs, strict=True):
        if not label or not name:
            raise NasreidError(f"fix {entry!r}: expected label=candidate")
    return "Fixed", {"inner": space, "inner_args": space_args, "choices": {label: name for label, _, name in pairs}}


def confirmed(space: str, arguments: Options) -> str | None:
    """What has been typed from outside nasreid, the space and those in its arguments; ours need no confirmation."""
    typed = [name for name in dict.fromkeys([space, *plug_ins_in(arguments)]) if not is_ours(name)]
    return ",".join(typed) or None
