"""VeRi-776: vehicles seen by 20 cameras.

    VeRi/{image_train,image_query,image_test}/0001_c001_00016450_0.jpg

Identity, camera, frame, counter. Image-to-image retrieval with the same-camera rule; the query images lie in
image_test once more, under the same names, and the rule removes them. Source of the layout: Liu et al., A Deep
Learning-Based Approach to Progressive Vehicle Re-identification for Urban Surveillance, ECCV 2016, and the set's
readme.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy, Picture, known
from nasreid.data.layouts.source import Row, Source

FOLDER = "VeRi"
SPLITS = {"train": "image_train", "query": "image_query", "gallery": "image_test"}
NAMES = Grammar(r"(\d{4})_c(?P<camera>\d{3})_(\d{8})_(\d+)\.jpg", "VVVV_cCCC_FFFFFFFF_N.jpg",
                "0001_c001_00016450_0.jpg", {"camera": range(1, 21)})


@dataclass(frozen=True)
class VeRi776(Layout):
    """VeRi-776: vehicles seen by 20 cameras, image to image."""

    name = "veri776"
    protocol = "veri"
    cameras = 20

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder VeRi itself or its parent: splits train, query and gallery, cameras 1 to 20."""
        source = Source(root, "VeRi-776", [FOLDER], SPLITS.values(), skip_broken)
        return source.frame(Row(path, int(match[1]), int(match[2]), split)
                            for split, folder in source.parts(SPLITS.items())
                            for path, match in source.pictures(folder, NAMES))

    def counts(self) -> list[Count]:
        """As published; the sources disagree on the people."""
        return [Count("train", 37778, 576, sure=False), Count("query", 1678, 200, sure=False),
                Count("gallery", 11579, 200, sure=False)]

    def people(self, arguments: Arguments) -> Copy:
        """People in place of vehicles; queries lie in image_test once more."""
        pictures = []
        for sight in known(arguments):
            for split in ("query", "gallery") if sight.split == "query" else (sight.split,):
                path = f"{SPLITS[split]}/{sight.who:04d}_c{sight.camera:03d}_{sight.who * 10 + sight.shot:08d}_0.jpg"
                pictures.append(Picture(path, sight, Row(path, sight.who, sight.camera, split)))
        return Copy(FOLDER, pictures)
