"""Genotypes chosen by what each candidate's removal costs, not by its alpha (DARTS-PT; Wang et al., ICLR 2021)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from nasreid.errors import NasreidError
from nasreid.mutation import Supernet
from nasreid.training.loop import Probabilities

GONE = -1e4  # an alpha that leaves its candidate no weight


def removals(supernet: Supernet, score: Callable[[], float], rng: np.random.Generator) -> Probabilities:
    """{label: {candidate: score of the supernet without it}}, decision by decision in a random order (algorithm 1).

    Each decision is made before the next one is looked at: for the candidate without which the score is the lowest, the
    first of equals (`strongest`). The paper trains on between two decisions; here the weights stay as they are, and so
    do the alphas in the end. score(): of the supernet as it is, such as its validation mAP.

    Raises:
        NasreidError: a relaxation gives a candidate weight whatever its alpha, so that none can be removed.
    """
    found: Probabilities = {}
    names = {label: list(row) for label, row in supernet.probabilities().items()}
    with _kept(supernet):
        for label in rng.permutation(supernet.labels).tolist():
            found[label] = {name: _without(supernet, label, index, score) for index, name in enumerate(names[label])}
            alpha = supernet.alphas()[label].data
            alpha.fill_(GONE)[names[label].index(strongest(found[label]))] = 1.0
    return {label: found[label] for label in supernet.labels}


def strongest(row: dict[str, float]) -> str:
    """Of {candidate: score without it} the candidate that is missed the most."""
    return min(row, key=row.__getitem__)


def _without(supernet: Supernet, label: str, index: int, score: Callable[[], float]) -> float:
    """The score when one candidate has no weight."""
    alpha, chances = supernet.alphas()[label].data, supernet.relaxation(label).probabilities
    before, had = alpha[index].clone(), float(chances(alpha.double())[index])
    alpha[index] = GONE
    left = float(chances(alpha.double())[index])
    if left > max(1e-3, had / 2):  # rectified alphas share evenly where none is positive
        raise NasreidError(f"a candidate of choice {label!r} has weight {left:.3g} under the relaxation "
                           f"{type(supernet.relaxation(label)).__name__} with an alpha of {GONE:g}; expected one that "
                           "can leave a candidate out")
    try:
        return score()
    finally:
        alpha[index] = before


@contextmanager
def _kept(supernet: Supernet) -> Iterator[None]:
    """The alphas are what they were, afterwards."""
    before = {label: alpha.detach().clone() for label, alpha in supernet.alphas().items()}
    try:
        with torch.no_grad():
            yield
    finally:
        for label, alpha in supernet.alphas().items():
            alpha.data.copy_(before[label])
