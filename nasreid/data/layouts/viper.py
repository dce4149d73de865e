"""VIPeR: 632 people, one image from each of two cameras.

    VIPeR/{cam_a,cam_b}/NNN_ANGLE.bmp

Ten random halves of the identities and both directions; the halves are drawn by a hash
(`nasreid.data.layouts.halves`), since the field has no list of them. Source of the layout: Gray and Tao, Viewpoint
Invariant Pedestrian Recognition with an Ensemble of Localized Features, ECCV 2008.
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

FOLDER = "VIPeR"
CAMERAS = {"cam_a": 1, "cam_b": 2}
NAMES = Grammar(r"(\d{3})_(\d+)\.bmp", "NNN_ANGLE.bmp", "000_45.bmp")


@dataclass(frozen=True)
class VIPeR(Layout):
    """VIPeR: persons seen once by each of two cameras, scored both ways.

    trial, seed: 1 to 10 and any number, which half of the people is trained on.
    """

    name = "viper"
    protocol = "viper"
    cameras = 2

    trial: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        check_trial("VIPeR", self.trial)

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder VIPeR itself or its parent.

        Half of the identities are train. Of the others, images of camera a (1) are query, those of camera b (2)
        gallery; the protocol also asks the other way round.
        """
        source = Source(root, "VIPeR", [FOLDER], CAMERAS, skip_broken)
        found = [(path, int(match[1]), camera)
                 for folder, camera in CAMERAS.items() for path, match in source.pictures(folder, NAMES)]
        train = self._train({identity for _, identity, _ in found})
        return source.frame(Row(path, identity, camera, side(identity, camera, train))
                            for path, identity, camera in found)

    def counts(self) -> list[Count]:
        """As published, of every half."""
        return [Count("train", 632, 316), Count("query", 316, 316), Count("gallery", 316, 316)]

    def people(self, arguments: Arguments) -> Copy:
        """Numbered from 0."""
        train = self._train({who - 1 for who in numbered(arguments, most=999)})
        pictures = []
        for sight in twice(arguments, 1):
            path = f"cam_{'ab'[sight.camera - 1]}/{sight.who - 1:03d}_{45 * (sight.camera - 1)}.bmp"
            row = Row(path, sight.who - 1, sight.camera, side(sight.who - 1, sight.camera, train))
            pictures.append(Picture(path, sight, row))
        return Copy(FOLDER, pictures)

    def _train(self, people: set[int]) -> set[int]:
        return first(people, len(people) // 2, "viper", self.trial, self.seed)
