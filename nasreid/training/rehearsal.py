"""The first steps of a run, in all else as it will be, for who measures what it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from nasreid.data.batches.plan import Plan
from nasreid.training.recording import Recording


@dataclass(frozen=True)
class Rehearsal:
    """So many steps of a run; told() after each.

    They are its first ones, but all show the pictures of the very first, so that from the second on these are where
    they will be in most of the run: in memory, as far as they have room there.
    """

    steps: int
    told: Callable[[], object]

    def of(self, recording: Recording) -> Recording:
        """The recording itself, whose loop ends after these steps."""
        recording.loop.plan = cast(Plan, recording.loop.plan).first(self.steps)  # no run without labels is rehearsed
        recording.told = self.told
        return recording
