"""The pictures that a proof is made on where nobody names others: a few of the embedded people."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from nasreid.data.datasets import protocol_of, read
from nasreid.data.people.synthesize import synthesize
from nasreid.evaluation.proof import Pictures
from nasreid.evaluation.protocols import rows_of


@dataclass(frozen=True)
class People:
    """How many people are drawn to test, by how many cameras, how often, and in which layout they are written."""

    identities: int = 8
    cameras: int = 4
    shots: int = 2
    seed: int = 0
    layout: str = "market1501"

    @contextmanager
    def drawn(self, height: int, width: int, decoder: str = "fast", mixed: bool = False) -> Iterator[Pictures]:
        """Their pictures, as files that are there as long as the block lasts.

        mixed: every second picture passes for infrared, so that both halves of a network are seen.
        """
        with tempfile.TemporaryDirectory() as folder:
            synthesize(folder, 2, self.identities, self.cameras, self.shots, height, width, self.seed)
            frame = tested(read(self.layout, folder))
            if mixed:
                frame = frame.assign(modality=["infrared" if at % 2 else "visible" for at in range(len(frame))])
            yield Pictures(frame, rows_of(protocol_of(self.layout))[0], height, width, decoder)


def tested(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are not for training, numbered anew."""
    return frame[frame["split"] != "train"].reset_index(drop=True)
