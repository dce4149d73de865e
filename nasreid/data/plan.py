"""Which pictures every step of a run takes: epochs of P x K batches, as a function of the step's number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nasreid.data.sampler import epoch_length, pk_batches
from nasreid.errors import NasreidError


class Stream:
    """Endless epochs of P x K batches over identities (N,); a step's batch depends on its number and the seed only."""

    def __init__(self, identities: np.ndarray, p: int, k: int, seed: int):
        self.identities = np.asarray(identities)
        self.p, self.k, self.seed = p, k, seed
        self._starts = [0]  # first step of each epoch, as far as anybody asked
        self._drawn: tuple[int, list[np.ndarray]] = (-1, [])
        found = len(np.unique(self.identities))
        if found < p:
            raise NasreidError(f"{found} identities: expected at least P={p}")

    def start(self, epoch: int) -> int:
        """First step of an epoch."""
        while len(self._starts) <= epoch:
            length = epoch_length(self.identities, self.p, self.k, self.seed, len(self._starts) - 1)
            self._starts.append(self._starts[-1] + length)
        return self._starts[epoch]

    def epoch_of(self, step: int) -> tuple[int, int]:
        """(epoch, position in it) of a step."""
        while self._starts[-1] <= step:
            self.start(len(self._starts))
        epoch = int(np.searchsorted(self._starts, step, side="right")) - 1
        return epoch, step - self._starts[epoch]

    def rows(self, step: int) -> np.ndarray:
        """Indices (P*K,) of the pictures of a step."""
        epoch, position = self.epoch_of(step)
        if self._drawn[0] != epoch:
            self._drawn = (epoch, pk_batches(self.identities, self.p, self.k, self.seed, epoch))
        return self._drawn[1][position]


@dataclass(frozen=True)
class StepKey:
    """What a worker needs to make one step: rows (P*K,) of each stream and the epoch that augments them."""

    index: int
    epoch: int
    position: int
    rows_a: np.ndarray
    epoch_b: int
    rows_b: np.ndarray


class Plan:
    """`epochs` epochs of stream A; an optional stream B gives one batch per step and starts anew only when exhausted
    (never at A's epoch boundaries).

    identities_a (N,) and identities_b (M,) are the labels of the pictures of each stream.
    """

    def __init__(
        self,
        identities_a: np.ndarray,
        epochs: int,
        p: int,
        k: int,
        seed: int,
        identities_b: np.ndarray | None = None,
    ):
        self.epochs = epochs
        self.stream_a = Stream(identities_a, p, k, 2 * seed)
        # an odd seed: the two streams share identities and must not draw the same ones
        self.stream_b = None if identities_b is None else Stream(identities_b, p, k, 2 * seed + 1)

    def __len__(self) -> int:
        """Number of steps of the whole run."""
        return self.stream_a.start(self.epochs)

    def epoch_length(self, epoch: int) -> int:
        """Number of steps of one epoch; epochs may differ by a few, as the sampler's left-overs do."""
        return self.stream_a.start(epoch + 1) - self.stream_a.start(epoch)

    def first_step(self, epoch: int) -> int:
        """Number of the first step of an epoch."""
        return self.stream_a.start(epoch)

    def epoch_of(self, step: int) -> tuple[int, int]:
        """(epoch, position in it) of a step."""
        return self.stream_a.epoch_of(step)

    def key(self, step: int) -> StepKey:
        """What step number `step` is made of."""
        epoch, position = self.epoch_of(step)
        if self.stream_b is None:
            return StepKey(step, epoch, position, self.stream_a.rows(step), 0, np.empty(0, np.int64))
        epoch_b = self.stream_b.epoch_of(step)[0]
        return StepKey(step, epoch, position, self.stream_a.rows(step), epoch_b, self.stream_b.rows(step))

    def keys(self, start_step: int = 0) -> Keys:
        """The keys from `start_step` to the end."""
        if not 0 <= start_step <= len(self):
            raise NasreidError(f"start step {start_step}: expected 0 to {len(self)}")
        return Keys(self, start_step)


@dataclass(frozen=True)
class Keys:
    """The keys of a plan from a step on, as a sampler of a DataLoader: sized, and iterable more than once."""

    plan: Plan
    start_step: int

    def __len__(self) -> int:
        return len(self.plan) - self.start_step

    def __iter__(self) -> Iterator[StepKey]:
        return map(self.plan.key, range(self.start_step, len(self.plan)))
