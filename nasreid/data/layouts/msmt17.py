"""MSMT17, version 1 or 2 (2 = the same images with masked faces).

    MSMT17_V1/{train,test}/PPPP/*.jpg    MSMT17_V2/{mask_train_v2,mask_test_v2}/PPPP/*.jpg
    list_{train,val,query,gallery}.txt   lines `0000/0000_046_12_0303morning_0006_2_ex.jpg 0`

The name is identity, running index, camera 01 to 15, date and time of day, frame, person in the frame, and often `_ex`.
Train and test number their people from 0 both: the test identities of the frame are TEST + their number.
Source of the layout: Wei et al., Person Transfer GAN to Bridge Domain Gap for Person Re-identification, CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.source import Grammar, Row, Source
from nasreid.errors import NasreidError

VERSIONS = {"1": ("train", "test"), "2": ("mask_train_v2", "mask_test_v2")}
LISTS = {"train": "train", "val": "train", "query": "query", "gallery": "gallery"}
CAMERAS = range(1, 16)
TEST = 10000  # identities have four digits
LINE = Grammar(r"(\d{4})/((\d{4})_\d+_(\d{2})_\d{4}(?:morning|noon|afternoon)_\d+_\d+(?:_ex)?\.jpg)\s+(\d{1,9})",
               "PPPP/PPPP_NNN_CC_MMDDtime_FFFF_B[_ex].jpg P", "0000/0000_046_12_0303morning_0006_2_ex.jpg 0")


def msmt17(root: str | Path, version: str | int = "auto", val: bool = True, skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder MSMT17_V1 or MSMT17_V2 itself or its parent.

    Splits train, query and gallery, cameras 1 to 15. `version` is 1, 2 or auto: the one that is there. `val` also
    trains on list_val, whose people are those of list_train, as everybody does. Raises NasreidError when both
    versions are there and none was chosen, and when a list's label is not its folder.
    """
    source, version = _source(root, str(version), skip_broken)
    lists = {name: split for name, split in LISTS.items() if val or name != "val"}
    return source.frame(row for name, split in lists.items() for row in _rows(source, version, name, split))


def version_of(root: str | Path) -> str:
    """"1" or "2", by the names of the folders."""
    return _source(root, "auto", False)[1]


def _source(root: str | Path, version: str, skip_broken: bool) -> tuple[Source, str]:
    if version not in ("auto", *VERSIONS):
        raise NasreidError(f"version {version!r} of MSMT17: expected auto, 1 or 2")
    bases = (Path(root), *(Path(root) / f"MSMT17_V{number}" for number in VERSIONS))
    there = [number for number, (train, _) in VERSIONS.items()
             if version in ("auto", number) and any((base / train).is_dir() for base in bases)]
    if len(there) > 1:
        raise NasreidError(f"{root}: MSMT17 version 1 and 2 are both there; expected --data-args.version 1 or 2")
    number = there[0] if there else version.replace("auto", "1")
    return Source(root, "MSMT17", [f"MSMT17_V{number}"], [VERSIONS[number][0]], skip_broken), number


def _rows(source: Source, version: str, name: str, split: str) -> Iterator[Row]:
    train, test = VERSIONS[version]
    for where, match in source.lines(f"list_{name}.txt", LINE):
        identity, camera, label = int(match[1]), int(match[4]), int(match[5])
        path = f"{train if split == 'train' else test}/{match[1]}/{match[2]}"
        if label != identity:
            source.complain(f"{where}: label {label} in folder {match[1]}", "the folder's number as label")
        elif camera not in CAMERAS:
            source.complain(f"{where}: camera {match[4]}", "01 to 15")
        elif source.present(path, where):
            yield Row(path, identity if split == "train" else TEST + identity, camera, split)
