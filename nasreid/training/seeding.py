"""Randomness that is counted, not saved: what a step draws follows from the seed and the step's number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Context in which torch's global generator starts from `seed`; it is put back afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def step_generator(seed: int, step: int) -> torch.Generator:
    """A generator for the noise of one step, on the CPU; torch's own (dropout) is set for the step as well."""
    states = np.random.SeedSequence([seed, step]).generate_state(2)
    torch.manual_seed(int(states[0]))
    return torch.Generator().manual_seed(int(states[1]))
