"""Where a part may take its chance from: what is handed to it, or torch's own generator, and nowhere else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from nasreid.experiments.laws.law import require


@contextmanager
def untouched(what: str, torchs: bool = True) -> Iterator[None]:
    """Inside, nobody draws from the global generators of Python and numpy, nor from torch's where `torchs`."""
    before = states()
    yield
    for name, one, two in zip(("Python", "numpy", "torch"), before, states(), strict=True):
        require(one == two or (name == "torch" and not torchs), f"{what} draws from the global generator of {name}")


def states() -> tuple[str, str, str]:
    """The states of the global generators of Python, numpy and torch, to be compared."""
    legacy = np.random.get_state()  # noqa: NPY002
    return repr(random.getstate()), repr([np.asarray(part).tolist() for part in legacy]), repr(
        torch.get_rng_state().tolist())


@contextmanager
def shaken(seed: int) -> Iterator[None]:
    """The global generators of Python, numpy and torch somewhere else; put back afterwards."""
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng(devices=[]):
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(kept[0])
            np.random.set_state(kept[1])  # noqa: NPY002
