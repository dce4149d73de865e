"""Which parts fit each other, and by what the others are refused: the one place that knows it, by trying.

Any objective fits any space. The tests run every cell that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import torch

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import people
from nasreid.experiments.laws.planted import planted
from nasreid.experiments.laws.served import unmixable
from nasreid.mutation import decisions, shared
from nasreid.network.network import with_neck
from nasreid.objective import Objective
from nasreid.plugins import construct, plug_in
from nasreid.space import SearchSpace
from nasreid.strategy import Split, Strategy
from nasreid.training.named_objectives import Term, exchange
from nasreid.training.search import Search


def refused_space(make: Callable[[], SearchSpace], strategies: Sequence[str]) -> dict[str, str]:
    """{strategy: why it cannot search a space}; empty where it can.

    Of a space without open numbers every relaxation mixes the candidates, which have one shape.
    """
    with torch.device("meta"):  # of large spaces, too, in no time
        space = make()
        known, numbers = decisions(space), shared(space)
    if not known:
        return dict.fromkeys(strategies, f"space {type(space).__name__} has no open decision")
    return {name: str(unmixable(make, _made(name).relaxation) or "") if numbers else "" for name in strategies}


def refused_objective(strategy: str, term: Term) -> str:
    """Why a strategy cannot take an objective in place of its own; empty where it can."""
    try:
        Search(strategy=strategy, objectives=[term]).made_strategy()
        with torch.random.fork_rng(devices=[]):
            exchange(with_neck(planted()), _split(strategy), people()["identity"].to_numpy(), [term])
    except NasreidError as error:
        return str(error)
    return ""


def own_objectives(strategy: str) -> set[str]:
    """The classes of the objectives that a strategy has where none are asked for."""
    made = _made(strategy)
    if not made.trained:
        return set()
    with torch.random.fork_rng(devices=[]):
        parts = made.objectives(16, _split(strategy)).modules()
    return {type(part).__name__ for part in parts if isinstance(part, Objective)}


def maker(space: str, arguments: Options | None = None) -> Callable[[], SearchSpace]:
    """A function that makes a space of ours, or of anybody, by its name."""
    cls = plug_in(space, "spaces")
    return lambda: construct(cls, arguments or {})


@cache
def _made(strategy: str) -> Strategy:
    return construct(plug_in(strategy, "strategies"), {})


@cache
def _split(strategy: str) -> Split:
    return _made(strategy).split(people(), np.random.default_rng(0))
