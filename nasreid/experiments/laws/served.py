"""Which relaxation a space is tried with: softmax, or single paths where a width or a stride leaves its layer."""

from __future__ import annotations

from collections.abc import Callable

import torch

from nasreid.experiments.laws.inputs import images
from nasreid.mutation import Supernet, Unmixable, decide, decisions, places, relax, shared
from nasreid.relaxation import Relaxation, SinglePath, Softmax
from nasreid.space import SearchSpace


def served(make: Callable[[], SearchSpace]) -> Relaxation:
    """The first of softmax and single paths that serves the decisions of a space."""
    return Softmax() if unmixable(make, Softmax()) is None else SinglePath()


def unmixable(make: Callable[[], SearchSpace], relaxation: Relaxation) -> Unmixable | None:
    """By what a space refuses a relaxation, which mixes numbers that have no sum; None where it does not."""
    supernet = relax(make(), relaxation).double()
    supernet.draw(1.0, torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            supernet(images().double())
    except Unmixable as error:
        return error
    except Exception:  # other laws say what is wrong
        return None
    return None


def supernet_of(make: Callable[[], SearchSpace]) -> Supernet:
    """A supernet that its relaxation serves, ready for a step."""
    made = relax(make(), served(make)).double()
    made.draw(1.0, torch.Generator().manual_seed(0))
    return made


def with_numbers(space: SearchSpace) -> SearchSpace:
    """The space, with its open numbers decided: the last option of each."""
    known, where = decisions(space), places(space)
    last = {where[path]: known[where[path]][-1] for path in shared(space)}
    decide(space, last.get)
    return space
