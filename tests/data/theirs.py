"""What a third party writes: one file with a layout and its protocol, and layouts that are not right."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.source import Row, Source
from nasreid.evaluation.protocol import Protocol
from nasreid.evaluation.protocols import market

NAMES = Grammar(r"(\d+)-(?P<camera>\d)\.png", "PERSON-CAMERA.png", "12-1.png", {"camera": range(1, 4)})


def rows() -> tuple[Protocol, ...]:
    """How it is scored."""
    return market()


class Mine(Layout):
    """Images named PERSON-CAMERA.png; last: of the people who are trained on."""

    protocol = ":rows"
    cameras = 3

    def __init__(self, last: int = 2):
        self.last = last

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Camera 1 asks."""
        source = Source(root, "mine", ["images"], ["."], skip_broken)
        found = [(path, int(match[1]), int(match[2])) for path, match in source.pictures("", NAMES)]
        return source.frame(
            Row(path, who, camera, "train" if who <= self.last else "query" if camera == 1 else "gallery")
            for path, who, camera in found
        )

    def counts(self) -> list[Count]:
        """As published."""
        return [Count("train", 3 * self.last, self.last)]


class Half(Layout):
    """Reads nothing."""

    protocol = "market"


class NoLayout:
    """Something else."""


class Silent(Mine):
    """Does not say how it is scored."""

    protocol = ""


class Odd(Mine):
    """Forgets the cameras."""

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """No cameras."""
        return super().read(root, skip_broken).drop(columns="camera")
