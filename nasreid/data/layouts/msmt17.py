"""MSMT17, version 1 or 2 (2 = the same images with masked faces).

    MSMT17_V1/{train,test}/PPPP/*.jpg    MSMT17_V2/{mask_train_v2,mask_test_v2}/PPPP/*.jpg
    list_{train,val,query,gallery}.txt   lines `0000/0000_046_12_0303morning_0006_2_ex.jpg 0`

The name is identity, running index, camera 01 to 15, date and time of day, frame, person in the frame, and often `_ex`.
Train and test number their people from 0 both: the test identities of the frame are TEST + their number.
Source of the layout: Wei et al., Person Transfer GAN to Bridge Domain Gap for Person Re-identification, CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy, Picture, Sight, known, lines
from nasreid.data.layouts.source import Row, Source
from nasreid.errors import NasreidError

VERSIONS = {"1": ("train", "test"), "2": ("mask_train_v2", "mask_test_v2")}
LISTS = {"train": "train", "val": "train", "query": "query", "gallery": "gallery"}
TEST = 10000  # identities have four digits
LINE = Grammar(
    r"(\d{4})/((\d{4})_\d+_(?P<camera>\d{2})_\d{4}(?:morning|noon|afternoon)_\d+_\d+(?:_ex)?\.jpg)\s+(\d{1,9})",
    "PPPP/PPPP_NNN_CC_MMDDtime_FFFF_B[_ex].jpg P", "0000/0000_046_12_0303morning_0006_2_ex.jpg 0",
    {"camera": range(1, 16)})  # fmt: skip


@dataclass(frozen=True)
class MSMT17(Layout):
    """MSMT17: persons seen by 15 cameras, indoors and outdoors.

    version: 1, 2 (faces masked), or auto: the one that is there. val: also train on list_val, whose people are those
    of list_train, as everybody does.
    """

    name = "msmt17"
    protocol = "market"
    cameras = 15

    version: str | int = "auto"
    val: bool = True

    def __post_init__(self) -> None:
        if str(self.version) not in ("auto", *VERSIONS):
            raise NasreidError(f"version {str(self.version)!r} of MSMT17: expected auto, 1 or 2")

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder MSMT17_V1 or MSMT17_V2 itself or its parent.

        Splits train, query and gallery, cameras 1 to 15. Raises NasreidError when both versions are there and none was
        chosen, and when a list's label is not its folder.
        """
        number = _version(root, str(self.version))
        source = Source(root, "MSMT17", [f"MSMT17_V{number}"], VERSIONS[number], skip_broken)
        train, test = VERSIONS[number]
        lists = [(split, train if split == "train" else test, f"list_{name}.txt")
                 for name, split in LISTS.items() if self.val or name != "val"]
        return source.frame(source.listed(row for part in source.parts(lists) for row in _rows(source, *part)))

    def counts(self) -> list[Count]:
        """As published, with or without the validation images."""
        train = 32621 if self.val else 30248
        return [Count("train", train, 1041), Count("query", 11659, 3060), Count("gallery", 82161, 3060)]

    def remarks(self, frame: pd.DataFrame) -> list[str]:
        """The version."""
        masked = frame["path"].str.contains("/mask_t").any()
        return ["version 2, faces masked" if masked else "version 1, faces not masked"]

    def people(self, arguments: Arguments) -> Copy:
        """Version 1; train and test both number their people from 0; the last shot of everybody in camera 1 is val."""
        pictures, lists = [], {name: [] for name in LISTS}
        for sight in known(arguments):
            number = sight.who - 1 if sight.split == "train" else sight.who - 1 - arguments.identities
            held = sight.split == "train" and sight.camera == 1 and sight.shot == arguments.shots - 1
            picture, line = _picture(sight, number)
            pictures.append(Picture(picture.path, sight, None) if held and not self.val else picture)
            lists["val" if held else sight.split].append(line)
        return Copy("MSMT17_V1", pictures, {f"list_{name}.txt": lines(rows) for name, rows in lists.items()})


def _version(root: Path, version: str) -> str:
    bases = (root, *(root / f"MSMT17_V{number}" for number in VERSIONS))
    there = [number for number, folders in VERSIONS.items() if version in ("auto", number)
             and any((base / folder).is_dir() for base in bases for folder in folders)]
    if len(there) > 1:
        raise NasreidError(f"{root}: MSMT17 version 1 and 2 are both there; expected --data-args.version 1 or 2")
    return there[0] if there else version.replace("auto", "1")


def _rows(source: Source, split: str, folder: str, file: str) -> Iterator[tuple[str, Row]]:
    for where, match in source.lines(file, LINE):
        identity, camera, label = int(match[1]), int(match[4]), int(match[5])
        path = f"{folder}/{match[1]}/{match[2]}"
        if label != identity:
            source.complain(f"{where}: label {label} in folder {match[1]}", "the folder's number as label")
        else:
            yield where, Row(path, identity if split == "train" else TEST + identity, camera, split)


def _picture(sight: Sight, number: int) -> tuple[Picture, str]:
    train, test = VERSIONS["1"]
    name = (f"{number:04d}_{sight.shot:03d}_{sight.camera:02d}_0303{'morning' if sight.shot else 'noon'}_"
            f"{sight.shot:04d}_0{'_ex' if sight.shot % 2 else ''}.jpg")
    training = sight.split == "train"
    path = f"{train if training else test}/{number:04d}/{name}"
    row = Row(path, number if training else TEST + number, sight.camera, sight.split)
    return Picture(path, sight, row), f"{number:04d}/{name} {number}"
