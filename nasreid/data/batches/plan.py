"""Which pictures every step of a run takes: epochs of P x K batches, as a function of the step's number.

Where both modalities are there, a batch is P identities x (K visible + K infrared) pictures.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from nasreid.data.batches.sampler import (
    cross_modality_batches,
    cross_modality_length,
    epoch_length,
    pk_batches,
    with_both,
)
from nasreid.errors import NasreidError
from nasreid.ranks import ALONE, Ranks


class Stream:
    """Endless epochs of P x K batches over identities (N,); a step's batch depends on its number and the seed only.

    infrared (N,) bool: batches are P identities x (K visible + K infrared) pictures, over identities with both.
    """

    def __init__(self, identities: np.ndarray, p: int, k: int, seed: int, infrared: np.ndarray | None = None):
        self.identities = np.asarray(identities)
        self.infrared = None if infrared is None else np.asarray(infrared, dtype=bool)
        self.p, self.k, self.seed = p, k, seed
        self._starts = [0]  # first step of each epoch, as far as anybody asked
        self._drawn: tuple[int, list[np.ndarray]] = (-1, [])
        known = self.identities if self.infrared is None else with_both(self.identities, self.infrared)
        found = len(np.unique(known))
        if found < p:
            both = "" if self.infrared is None else " with visible and infrared pictures"
            raise NasreidError(f"{found} identities{both} in a part of the training set: expected at least P={p} (a "
                               "smaller p takes fewer at a time)")

    def start(self, epoch: int) -> int:
        """First step of an epoch."""
        while len(self._starts) <= epoch:
            self._starts.append(self._starts[-1] + self._length(len(self._starts) - 1))
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
            self._drawn = (epoch, self._batches(epoch))
        return self._drawn[1][position]

    def look(self, step: int) -> int:
        """What the augmentation of a step draws from: pictures that come often in an epoch look new in each batch."""
        return self.epoch_of(step)[0] if self.infrared is None else step

    def key(self, step: int) -> BatchKey:
        """What the batch of a step is made of."""
        return BatchKey(self.rows(step), self.look(step), self.epoch_of(step)[0])

    def _length(self, epoch: int) -> int:
        if self.infrared is not None:
            return cross_modality_length(self.infrared, self.p, self.k)
        return epoch_length(self.identities, self.p, self.k, self.seed, epoch)

    def _batches(self, epoch: int) -> list[np.ndarray]:
        if self.infrared is not None:
            return cross_modality_batches(self.identities, self.infrared, self.p, self.k, self.seed, epoch)
        return pk_batches(self.identities, self.p, self.k, self.seed, epoch)


@dataclass(frozen=True)
class BatchKey:
    """What makes one batch: rows (P*K,) or (2*P*K,) of its stream, the look that augments them, the stream's epoch.

    A look is the number that the augmentation draws from: the epoch, or with both modalities the step.
    """

    rows: np.ndarray
    look: int
    epoch: int

    def own(self, ranks: Ranks, halves: int) -> BatchKey:
        """What makes the part of a rank, see `Ranks.own`."""
        return self if ranks.size == 1 else replace(self, rows=ranks.own(self.rows, halves))


@dataclass(frozen=True)
class StepKey:
    """What a worker needs to make one step: its number, its epoch and its position there, and its batches."""

    index: int
    epoch: int
    position: int
    train: BatchKey
    validation: BatchKey | None = None


class Timetable(Protocol):
    """What is asked of a plan: of this one, and of one whose labels change (`nasreid.data.batches.cluster_plan`)."""

    epochs: int

    @property
    def halves(self) -> int: ...

    def __len__(self) -> int: ...

    def images(self) -> int: ...

    def epoch_length(self, epoch: int) -> int: ...

    def first_step(self, epoch: int) -> int: ...

    def epoch_of(self, step: int) -> tuple[int, int]: ...

    def key(self, step: int, ranks: Ranks = ALONE) -> StepKey: ...

    def keys(self, start_step: int = 0, ranks: Ranks = ALONE) -> Keys: ...


class Plan:
    """`epochs` epochs of the training stream; an optional validation stream gives one batch per step and starts anew
    only when exhausted (never where an epoch of training ends).

    train (N,) and validation (M,) are the labels of the pictures of each stream; train_infrared (N,) and
    validation_infrared (M,) bool ask for batches of both modalities.
    """

    def __init__(self, train: np.ndarray, epochs: int, p: int, k: int, seed: int, validation: np.ndarray | None = None,
                 train_infrared: np.ndarray | None = None, validation_infrared: np.ndarray | None = None):
        self.epochs = epochs
        self.train = Stream(train, p, k, 2 * seed, train_infrared)
        # an odd seed: the two streams share identities and must not draw the same ones
        self.validation = None if validation is None else Stream(validation, p, k, 2 * seed + 1, validation_infrared)
        self._ends: int | None = None

    def first(self, steps: int) -> Plan:
        """It ends after so many steps, and its last epoch there; all show the pictures of the very first one."""
        made = copy.copy(self)
        made._ends = steps
        return made

    def __len__(self) -> int:
        """Number of steps of the whole run."""
        return self.first_step(self.epochs)

    @property
    def halves(self) -> int:
        """2 where the batches of both modalities are, first visible pictures, then as many infrared ones; else 1."""
        return 1 if self.train.infrared is None else 2

    def images(self) -> int:
        """Number of pictures that the whole run shows, those of both streams."""
        streams = [stream for stream in (self.train, self.validation) if stream is not None]
        return sum(len(self) * s.p * s.k * (1 if s.infrared is None else 2) for s in streams)

    def epoch_length(self, epoch: int) -> int:
        """Number of steps of one epoch; epochs may differ by a few, as the sampler's left-overs do."""
        return self.first_step(epoch + 1) - self.first_step(epoch)

    def first_step(self, epoch: int) -> int:
        """Number of the first step of an epoch."""
        found = self.train.start(epoch)
        return found if self._ends is None else min(found, self._ends)

    def epoch_of(self, step: int) -> tuple[int, int]:
        """(epoch, position in it) of a step."""
        return self.train.epoch_of(step)

    def key(self, step: int, ranks: Ranks = ALONE) -> StepKey:
        """What step number `step` is made of; the part of this rank, where several share it."""
        epoch, position = self.epoch_of(step)
        halves, shown = self.halves, step if self._ends is None else 0
        validation = None if self.validation is None else self.validation.key(shown).own(ranks, halves)
        return StepKey(step, epoch, position, self.train.key(shown).own(ranks, halves), validation)

    def keys(self, start_step: int = 0, ranks: Ranks = ALONE) -> Keys:
        """The keys from `start_step` to the end."""
        if not 0 <= start_step <= len(self):
            raise NasreidError(f"start step {start_step}: expected 0 to {len(self)}")
        ranks.check(self.train.p, self.train.k, self.halves)
        return Keys(self, start_step, ranks, len(self))


@dataclass(frozen=True)
class Keys:
    """The keys of a plan from a step to another, as a sampler of a DataLoader: sized, and iterable more than once."""

    plan: Timetable
    start_step: int
    ranks: Ranks
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start_step

    def __iter__(self) -> Iterator[StepKey]:
        return (self.plan.key(step, self.ranks) for step in range(self.start_step, self.stop))
