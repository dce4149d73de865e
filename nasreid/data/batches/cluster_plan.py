"""Which pictures every step takes where the classes are clusters that change: as many steps in each epoch."""

from __future__ import annotations

import numpy as np

from nasreid.data.batches.plan import BatchKey, Keys, StepKey
from nasreid.data.batches.sampler import pk_batches
from nasreid.errors import NasreidError
from nasreid.ranks import ALONE, Ranks


class ClusterPlan:
    """`epochs` epochs of `steps` steps each, as `Plan` has them; what they take follows from the labels of the epoch.

    A step is a function of its number, the seed and these labels (`begin`). Of fewer than P clusters all are taken.
    """

    halves = 1

    def __init__(self, epochs: int, steps: int, p: int, k: int, seed: int):
        self.epochs, self.steps, self.p, self.k, self.seed = epochs, steps, p, k, seed
        self.epoch = -1
        self._drawn: list[list[np.ndarray]] = []

    def begin(self, epoch: int, *labels: np.ndarray) -> None:
        """The labels (N,) of an epoch, -1 for a picture in no class; those of the validation stream too, if any."""
        self.epoch = epoch
        self._drawn = [self._batches(one, 2 * self.seed + at) for at, one in enumerate(labels)]

    def __len__(self) -> int:
        """Number of steps of the whole run."""
        return self.epochs * self.steps

    def images(self) -> int:
        """Number of pictures that the whole run shows, where no epoch has fewer than P clusters."""
        return len(self) * self.p * self.k * max(1, len(self._drawn))

    def epoch_length(self, epoch: int) -> int:
        """Number of steps of one epoch."""
        return self.steps

    def first_step(self, epoch: int) -> int:
        """Number of the first step of an epoch."""
        return epoch * self.steps

    def epoch_of(self, step: int) -> tuple[int, int]:
        """(epoch, position in it) of a step."""
        return divmod(step, self.steps)

    def key(self, step: int, ranks: Ranks = ALONE) -> StepKey:
        """What step number `step` is made of, in the epoch whose labels are known."""
        epoch, position = self.epoch_of(step)
        if epoch != self.epoch:
            raise NasreidError(f"step {step} is of epoch {epoch}, and the labels of epoch {self.epoch}; expected one")
        # a step is its own look: a picture comes often in an epoch
        made = [BatchKey(rows[position], step, epoch) for rows in self._drawn]
        return StepKey(step, epoch, position, *made)

    def keys(self, start_step: int = 0, ranks: Ranks = ALONE) -> Keys:
        """The keys from `start_step` to the end of its epoch: what comes then is not known yet."""
        return Keys(self, start_step, ranks, self.first_step(self.epoch_of(start_step)[0] + 1))

    def _batches(self, labels: np.ndarray, seed: int) -> list[np.ndarray]:
        """Rows (P*K,) of each step of an epoch: rounds over all clusters until there are enough."""
        rows = np.flatnonzero(labels >= 0)
        own = labels[rows]
        p, found = min(self.p, len(np.unique(own))), list[np.ndarray]()
        while len(found) < self.steps:
            found += pk_batches(own, p, self.k, seed, self.epoch * self.steps + len(found))
        return [rows[batch] for batch in found[: self.steps]]
