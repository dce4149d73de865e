"""VehicleID (PKU): vehicles without camera numbers.

    VehicleID_V1.0/{image/NNNNNNN.jpg, train_test_split/{train_list,test_list_800,…}.txt}   lines `0000001 12345`

A line is the image's name without .jpg and the vehicle. The protocol draws one gallery image of every vehicle, the
others are probes, ten times. Source of the layout: Liu et al., Deep Relative Distance Learning: Tell the Difference
Between Similar Vehicles, CVPR 2016, and the set's readme.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy, Picture, known, lines
from nasreid.data.layouts.source import NO_CAMERA, Row, Source
from nasreid.errors import NasreidError

FOLDER = "VehicleID_V1.0"
LISTS = "train_test_split"
SIZES = {"small": 800, "medium": 1600, "large": 2400, "3200": 3200, "6000": 6000, "13164": 13164}
IMAGES = {"small": 6493, "medium": 13377, "large": 19777}  # of the test lists, as published
LINE = Grammar(r"(\d+)\s+(\d{1,9})", "IMAGE VEHICLE", "0000001 12345")


@dataclass(frozen=True)
class VehicleID(Layout):
    """VehicleID (PKU): vehicles, cameras not known.

    size: of the test set: small, medium, large (800, 1600, 2400 vehicles), or the number of a longer list.
    """

    name = "vehicleid"
    protocol = "vehicleid"

    size: str | int = "small"

    def __post_init__(self) -> None:
        if self._size not in SIZES:
            raise NasreidError(f"size {self._size!r} of VehicleID: expected one of {', '.join(SIZES)}")

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder VehicleID_V1.0 itself or its parent.

        Splits train and "test": every image of a test vehicle, of which the protocol draws gallery and probes; camera
        -1.
        """
        source = Source(root, "VehicleID", [FOLDER], [LISTS], skip_broken)
        lists = {"train": f"{LISTS}/train_list.txt", "test": f"{LISTS}/test_list_{SIZES[self._size]}.txt"}
        parts = source.parts(lists.items())
        return source.frame(source.listed(row for split, file in parts for row in _rows(source, split, file)))

    def counts(self) -> list[Count]:
        """As published; of the longer test lists nothing is."""
        test = [Count("test", IMAGES[self._size], SIZES[self._size])] if self._size in IMAGES else []
        return [Count("train", 113346, 13164), *test]

    def people(self, arguments: Arguments) -> Copy:
        """The small list has a third of the test people, the medium one two thirds, the large one all."""
        share = 1 + list(SIZES).index(self._size)
        pictures, lists = [], defaultdict(list)
        for number, sight in enumerate(known(arguments), start=1):
            path, line = f"image/{number:07d}.jpg", f"{number:07d} {sight.who}"
            third = 1 + 3 * (sight.who - arguments.identities - 1) // arguments.test_identities
            training = sight.split == "train"
            for name in ["train_list"] if training else [f"test_list_{800 * part}" for part in range(third, 4)]:
                lists[name].append(line)
            row = Row(path, sight.who, NO_CAMERA, "train" if training else "test")
            pictures.append(Picture(path, sight, row if training or third <= share else None))
        return Copy(FOLDER, pictures, {f"{LISTS}/{name}.txt": lines(rows) for name, rows in lists.items()})

    @property
    def _size(self) -> str:
        return {str(number): name for name, number in SIZES.items()}.get(str(self.size), str(self.size))


def _rows(source: Source, split: str, file: str) -> Iterator[tuple[str, Row]]:
    for where, match in source.lines(file, LINE):
        yield where, Row(f"image/{match[1]}.jpg", int(match[2]), NO_CAMERA, split)
