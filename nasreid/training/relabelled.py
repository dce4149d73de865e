"""The steps of a run that makes its own labels: epoch by epoch, as each follows from what the one before has learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nasreid.data.batches.stream import PackedStep
from nasreid.errors import NasreidError
from nasreid.training.engine import Engine
from nasreid.training.loop import Loop


@dataclass(frozen=True)
class Relabelled:
    """The steps of a loop with labels of its own that are left, and how many: who knows that looks at none ahead."""

    loop: Loop
    engine: Engine

    def __len__(self) -> int:
        return len(self.loop.plan) - self.loop.next_step

    def __iter__(self) -> Iterator[PackedStep]:
        """Where an epoch begins, the images are labelled anew.

        Raises:
            NasreidError: an epoch is asked for before all steps of the one before are done.
        """
        loop, labelling = self.loop, self.loop.labelling
        if labelling is None:
            raise NasreidError("steps of labels of its own in a loop that makes none; expected a labelling")
        while loop.next_step < len(loop.plan):
            epoch, position = loop.plan.epoch_of(loop.next_step)
            if position == 0:
                loop.noted.update(labelling.begin(epoch))
            yield from self.engine.steps(loop.plan, loop.next_step, *labelling.pictures)
            if loop.next_step != loop.plan.first_step(epoch + 1):
                raise NasreidError(f"step {loop.next_step} is due where epoch {epoch + 1} was asked for; expected all "
                                   "steps of the epoch before, as its labels follow from them")
