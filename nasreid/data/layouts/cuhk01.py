"""CUHK01: 971 people, two images from each of two views.

    campus/0001001.png

Four digits of identity, three of the image: 1 and 2 are view A, 3 and 4 view B. 485 people to train and 486 to test,
or 871 and 100; ten random splits, drawn by a hash (`nasreid.data.layouts.halves`), since the field has no list of them.
Source of the layout: Li et al., Human Reidentification with Transferred Metric Learning, ACCV 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.halves import check_trial, first, side
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy, Picture, numbered, twice
from nasreid.data.layouts.source import Row, Source

FOLDERS = ("campus", "CUHK01/campus", "CUHK01")
NAMES = Grammar(r"(\d{4})(?P<image>\d{3})\.png", "IIII00N.png", "0001001.png", {"image": range(1, 5)})
PEOPLE = 971


@dataclass(frozen=True)
class CUHK01(Layout):
    """CUHK01: persons seen twice by each of two cameras, scored both ways.

    trial, seed: 1 to 10 and any number, which people are trained on. test: how many are tested, None = half, rounded
    up (486); the other usual number is 100.
    """

    name = "cuhk01"
    protocol = "cuhk01"
    cameras = 2

    trial: int = 1
    test: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_trial("CUHK01", self.trial)

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder campus itself or its parent.

        Of the people who are tested, images of view A (camera 1) are query, those of view B (camera 2) gallery; the
        protocol also asks the other way round.
        """
        source = Source(root, "CUHK01", FOLDERS, ["."], skip_broken)
        found = [(path, int(match[1]), 1 if int(match[2]) <= 2 else 2) for path, match in source.pictures("", NAMES)]
        train = self._train({identity for _, identity, _ in found})
        return source.frame(Row(path, identity, camera, side(identity, camera, train))
                            for path, identity, camera in found)

    def counts(self) -> list[Count]:
        """As published, for any number of people to test."""
        test = PEOPLE - PEOPLE // 2 if self.test is None else self.test
        train = PEOPLE - test
        return [Count("train", 4 * train, train), *(Count(split, 2 * test, test) for split in ("query", "gallery"))]

    def people(self, arguments: Arguments) -> Copy:
        """Two pictures from each of two views."""
        train = self._train(set(numbered(arguments)))
        pictures = []
        for sight in twice(arguments, 2):
            path = f"{sight.who:04d}{2 * (sight.camera - 1) + sight.shot + 1:03d}.png"
            row = Row(path, sight.who, sight.camera, side(sight.who, sight.camera, train))
            pictures.append(Picture(path, sight, row))
        return Copy("campus", pictures)

    def _train(self, people: set[int]) -> set[int]:
        count = len(people) // 2 if self.test is None else len(people) - self.test
        return first(people, count, "cuhk01", self.trial, self.seed)
