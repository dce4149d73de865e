"""VehicleID (PKU): vehicles without camera numbers.

    VehicleID_V1.0/{image/NNNNNNN.jpg, train_test_split/{train_list,test_list_800,…}.txt}   lines `0000001 12345`

A line is the image's name without .jpg and the vehicle. The protocol draws one gallery image of every vehicle, the
others are probes, ten times. Source of the layout: Liu et al., Deep Relative Distance Learning: Tell the Difference
Between Similar Vehicles, CVPR 2016, and the set's readme.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.source import NO_CAMERA, Grammar, Row, Source
from nasreid.errors import NasreidError

FOLDER = "VehicleID_V1.0"
LISTS = "train_test_split"
SIZES = {"small": 800, "medium": 1600, "large": 2400, "3200": 3200, "6000": 6000, "13164": 13164}
LINE = Grammar(r"(\d+)\s+(\d{1,9})", "IMAGE VEHICLE", "0000001 12345")


def vehicleid(root: str | Path, size: str | int = "small", skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder VehicleID_V1.0 itself or its parent.

    Splits train and "test": every image of a test vehicle, of which the protocol draws gallery and probes; camera -1.
    `size` of the test set: small, medium, large (800, 1600, 2400 vehicles), or the number of a longer list.
    """
    size = {str(number): name for name, number in SIZES.items()}.get(str(size), str(size))
    if size not in SIZES:
        raise NasreidError(f"size {size!r} of VehicleID: expected one of {', '.join(SIZES)}")
    source = Source(root, "VehicleID", [FOLDER], [LISTS], skip_broken)
    lists = {"train": "train_list.txt", "test": f"test_list_{SIZES[size]}.txt"}
    return source.frame(row for split, name in lists.items() for row in _rows(source, split, f"{LISTS}/{name}"))


def _rows(source: Source, split: str, file: str) -> Iterator[Row]:
    for where, match in source.lines(file, LINE):
        path = f"image/{match[1]}.jpg"
        if source.present(path, where):
            yield Row(path, int(match[2]), NO_CAMERA, split)
