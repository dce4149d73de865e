"""What a rank does that is not the first: the same steps, of which it writes and says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nasreid.data.batches.stream import Step
from nasreid.errors import Interrupted
from nasreid.ranks import Ranks
from nasreid.signals import Noted
from nasreid.training.loop import Loop
from nasreid.training.stepper import Backward


class Following:
    """A loop that goes on from the checkpoint of rank 0, and ends when any rank is asked to. See `Recording`."""

    def __init__(self, loop: Loop, what: str, ranks: Ranks):
        self.loop, self.what, self.ranks = loop, what, ranks

    def restore(self) -> None:
        """Go to the state that rank 0 has read."""
        state = self.ranks.told()
        if state:
            self.loop.load(state)

    @contextmanager
    def running(self) -> Iterator[Following]:
        """While the steps run: signals wait for the end of a step."""
        with Noted() as self.signals:
            yield self

    def step(self, step: Step, backward: Backward | None = None) -> None:
        """One step of the loop."""
        self.loop.step(step, backward)
        if self.signals.agree(self.ranks.highest) or self.signals.number is not None:
            self.loop.state()  # rank 0 writes a checkpoint: what is divided is put together
        if self.signals.number is not None:
            raise interrupted(self.what, self.loop, self.signals.number)


def interrupted(what: str, loop: Loop, signal: int) -> Interrupted:
    """What ends a run that a signal has asked to."""
    return Interrupted(f"{what} interrupted after step {loop.next_step} of {len(loop.plan)}; the same command goes on "
                       "from there", signal)
