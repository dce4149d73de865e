"""Market-1501: the folder layout that most person data sets, and our own synthetic people, are written in.

    Market-1501-v15.09.15/{bounding_box_train,query,bounding_box_test}/PPPP_cCsS_FFFFFF_BB.jpg

PPPP is the identity (0000 = distractor, kept in the gallery; -1 = junk, dropped), C the camera. Infrared pictures are
our extension: the same three folders under `infrared/`, with the same names and camera digits up to 9.
Source of the layout: Zheng et al., Scalable Person Re-identification: A Benchmark, ICCV 2015, and the set's readme.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.source import Grammar, Row, Source
from nasreid.errors import NasreidError

FOLDER = "Market-1501-v15.09.15"
SPLITS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
MODALITIES = {"visible": ("visible",), "infrared": ("infrared",), "both": ("visible", "infrared")}
SHAPE = ("PPPP_cCsS_FFFFFF_BB.jpg", "0002_c1s1_000451_03.jpg")
NAMES = {
    "visible": Grammar(r"(-1|\d{4})_c([1-6])s(\d)_(\d{6})_(\d{2})\.jpg", *SHAPE),
    "infrared": Grammar(r"(-1|\d{4})_c([1-9])s(\d)_(\d{6})_(\d{2})\.jpg", *SHAPE),
}


def market1501(root: str | Path, modalities: str = "visible", skip_broken: bool = False) -> pd.DataFrame:
    """Read the layout under `root`, the folder Market-1501-v15.09.15 itself or its parent.

    Returns a frame of N rows sorted by path: path (str), identity (int), camera (int), modality ("visible" or
    "infrared"), split ("train", "query" or "gallery") and role ("distractor" for 0000, else ""). `modalities` is
    "visible", "infrared" or "both".
    Contents are not opened, see `verify`. Raises NasreidError for a missing or empty folder and for a name outside the
    grammar; with `skip_broken` such names are left out.
    """
    if modalities not in MODALITIES:
        raise NasreidError(f"modalities {modalities!r}: expected one of {', '.join(MODALITIES)}")
    source = Source(root, "Market-1501", [FOLDER], [SPLITS["train"]], skip_broken)
    return source.frame(
        row
        for modality in MODALITIES[modalities]
        for split, folder in SPLITS.items()
        for row in _rows(source, f"infrared/{folder}" if modality == "infrared" else folder, modality, split)
    )


def _rows(source: Source, folder: str, modality: str, split: str) -> Iterator[Row]:
    for path, match in source.pictures(folder, NAMES[modality]):
        if match[1] == "0000" and split != "gallery":
            source.refuse(f"{source.base / path}: a distractor", f"identities 0001 to 9999 in {split}")
        if match[1] != "-1":
            yield Row(path, int(match[1]), int(match[2]), split, modality, "distractor" if match[1] == "0000" else "")


