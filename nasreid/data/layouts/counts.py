"""How many images and identities a split of a data set has: as published, or as a frame holds them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Count:
    """What a split (of one modality, or of any when that is empty) should have; None = not known.

    A number that differs is a mismatch; with `sure` False, other identities only warn: the sources disagree there, or
    nobody checked.
    """

    split: str
    images: int
    identities: int | None
    modality: str = ""
    sure: bool = True

    def part(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame that are counted."""
        return frame[(frame["split"] == self.split) & (frame["modality"].eq(self.modality) | (not self.modality))]


def counted(frame: pd.DataFrame) -> list[Count]:
    """The counts of a frame, by split and modality."""
    groups = frame.groupby(["split", "modality"])["identity"].agg(["size", "nunique"])
    return [Count(str(split), int(row["size"]), int(row["nunique"]), str(modality))
            for (split, modality), row in groups.iterrows()]  # pyright: ignore[reportGeneralTypeIssues]
