"""Market-1501: the folder layout that most person data sets, and our own synthetic people, are written in.

    Market-1501-v15.09.15/{bounding_box_train,query,bounding_box_test}/PPPP_cCsS_FFFFFF_BB.jpg

PPPP is the identity (0000 = distractor, kept in the gallery; -1 = junk, dropped), C the camera. Infrared pictures are
our extension: the same three folders under `infrared/`, with the same names and camera digits up to 9.
Source of the layout: Zheng et al., Scalable Person Re-identification: A Benchmark, ICCV 2015, and the set's readme.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy, Picture, Sight, sights
from nasreid.data.layouts.source import Row, Source
from nasreid.errors import NasreidError, one_of

FOLDER = "Market-1501-v15.09.15"
SPLITS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
MODALITIES = {"visible": ("visible",), "infrared": ("infrared",), "both": ("visible", "infrared")}
NAME = (r"(-1|\d{4})_c(?P<camera>\d{1,9})s(\d)_(\d{6})_(\d{2})\.jpg", "PPPP_cCsS_FFFFFF_BB.jpg",
        "0002_c1s1_000451_03.jpg")  # fmt: skip
NAMES = {"visible": Grammar(*NAME, {"camera": range(1, 7)}), "infrared": Grammar(*NAME, {"camera": range(1, 10)})}


@dataclass(frozen=True)
class Market1501(Layout):
    """Market-1501: persons seen by six cameras, with distractors in the gallery.

    modalities: visible, infrared or both; infrared pictures are our extension, of the embedded people.
    """

    name = "market1501"
    protocol = "market"
    cameras = 6

    modalities: str = "visible"

    def __post_init__(self) -> None:
        if self.modalities not in MODALITIES:
            raise NasreidError(f"modalities {one_of(self.modalities, MODALITIES)}")

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder Market-1501-v15.09.15 itself or its parent.

        Splits train, query and gallery; identity 0 has role "distractor". Raises NasreidError for a missing or empty
        folder (those to train on may be missing together) and for a name outside the grammar; with `skip_broken` such
        names are left out.
        """
        source = Source(root, "Market-1501", [FOLDER], SPLITS.values(), skip_broken)
        parts = [(split, f"infrared/{folder}" if modality == "infrared" else folder, modality)
                 for modality in MODALITIES[self.modalities] for split, folder in SPLITS.items()]
        return source.frame(row for part in source.parts(parts) for row in _rows(source, *part))

    def counts(self) -> list[Count]:
        """Of the visible images, as published."""
        published = [Count("train", 12936, 751), Count("query", 3368, 750), Count("gallery", 15913, 751)]
        return published if self.modalities == "visible" else []

    def people(self, arguments: Arguments) -> Copy:
        """With distractors and junk; infrared ones where they are asked for."""
        return Copy(FOLDER, [Picture(_path(sight), sight, self._row(sight)) for sight in sights(arguments)])

    def _row(self, sight: Sight) -> Row | None:
        if sight.name == "-1" or sight.modality not in MODALITIES[self.modalities]:
            return None
        return Row(_path(sight), int(sight.name), sight.camera, sight.split, sight.modality, sight.role)


def _rows(source: Source, split: str, folder: str, modality: str) -> Iterator[Row]:
    for path, match in source.pictures(folder, NAMES[modality]):
        if match[1] == "0000" and split != "gallery":
            source.refuse(f"{source.base / path}: a distractor", f"identities 0001 to 9999 in {split}")
        if match[1] != "-1":
            yield Row(path, int(match[1]), int(match[2]), split, modality, "distractor" if match[1] == "0000" else "")


def _path(sight: Sight) -> str:
    folder = f"infrared/{SPLITS[sight.split]}" if sight.infrared else SPLITS[sight.split]
    box = 0 if sight.split == "query" else 1
    return f"{folder}/{sight.name}_c{sight.camera}s1_{sight.who * 10 + sight.shot:06d}_{box:02d}.jpg"
