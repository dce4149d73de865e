"""VeRi-776: vehicles seen by 20 cameras.

    VeRi/{image_train,image_query,image_test}/0001_c001_00016450_0.jpg

Identity, camera, frame, counter. Image-to-image retrieval with the same-camera rule; the query images lie in
image_test once more, under the same names, and the rule removes them. Source of the layout: Liu et al., A Deep
Learning-Based Approach to Progressive Vehicle Re-identification for Urban Surveillance, ECCV 2016, and the set's
readme.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.source import Grammar, Row, Source

FOLDER = "VeRi"
SPLITS = {"train": "image_train", "query": "image_query", "gallery": "image_test"}
CAMERAS = range(1, 21)
NAMES = Grammar(r"(\d{4})_c(\d{3})_(\d{8})_(\d+)\.jpg", "VVVV_cCCC_FFFFFFFF_N.jpg", "0001_c001_00016450_0.jpg")


def veri776(root: str | Path, skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder VeRi itself or its parent: splits train, query and gallery, cameras 1 to 20."""
    source = Source(root, "VeRi-776", [FOLDER], [SPLITS["train"]], skip_broken)
    return source.frame(row for split, folder in SPLITS.items() for row in _rows(source, split, folder))


def _rows(source: Source, split: str, folder: str) -> Iterator[Row]:
    for path, match in source.pictures(folder, NAMES):
        if int(match[2]) in CAMERAS:
            yield Row(path, int(match[1]), int(match[2]), split)
        else:
            source.complain(f"{source.base / path}: camera {match[2]}", "001 to 020")
