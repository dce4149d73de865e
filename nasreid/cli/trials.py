"""nasreid search with a multi-trial strategy."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from nasreid.cli.options import place_of
from nasreid.errors import NasreidError

if TYPE_CHECKING:


    from nasreid.genotype import Genotype


TRIAL_OPTIONS = ("trials", "trial_epochs", "validation", "concurrent", "evaluator", "supernet")


def search_by_trials(given: dict[str, Any], asked: dict[str, Any]) -> Genotype:
    """The command search with a multi-trial strategy, from its arguments; asked: what config.yaml keeps of them."""
    from nasreid.cli.retrain import retrain, training
    from nasreid.experiments.multitrial import MultiTrial
    from nasreid.genotype import Genotype

    o = SimpleNamespace(**given)
    if o.architecture_objectives is not None:
        raise NasreidError(f"strategy {o.strategy!r} has no architecture step; expected no architecture objectives")
    if o.evaluator not in ("retrain", "supernet") or (o.evaluator == "supernet") != (o.supernet is not None):
        raise NasreidError(f"evaluator {o.evaluator!r} with supernet {o.supernet!r}: expected retrain, or supernet and "
                           "the run folder of a one-shot search")
    epochs = max(1, o.epochs // max(1, o.trials)) if o.trial_epochs is None else o.trial_epochs
    both = {name: value for name, value in given.items() if name in inspect.signature(retrain).parameters}
    like = training(Genotype(o.space, o.space_args, {}), {**both, "epochs": epochs, "space_args": {}})
    run = MultiTrial(o.space, o.space_args, o.strategy, o.strategy_args, like, place_of(given), o.trials, o.validation,
                     o.concurrent, None if o.supernet is None else str(Path(o.supernet).resolve()))
    if o.images is not None and o.trial_epochs is None:
        run = run.within(o.images)
    return run.run(o.output, asked, o.force)
