"""The strategies by trials, by name, wherever they come from."""

from __future__ import annotations

from nasreid.arguments import Options
from nasreid.errors import NasreidError, one_of
from nasreid.experiments.nni_strategies import nni_strategy
from nasreid.experiments.optuna_samplers import optuna_strategy
from nasreid.experiments.trials import Chooser
from nasreid.plugins import MULTI_TRIAL, OF_OPTUNA


def chooser(name: str, trials: int, seed: int, arguments: Options) -> Chooser:
    """The strategy of that name (one of MULTI_TRIAL), set up for so many trials, which maximises the score.

    Raises NasreidError for an unknown name or argument.
    """
    if name not in MULTI_TRIAL:
        raise NasreidError(f"strategy {one_of(name, MULTI_TRIAL)}")
    made = optuna_strategy if name in OF_OPTUNA else nni_strategy
    return made(name, trials, seed, arguments)
