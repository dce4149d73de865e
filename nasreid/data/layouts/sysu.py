"""SYSU-MM01: people by day (visible) and night (infrared), six cameras.

    SYSU-MM01/{cam1..cam6}/0001/0001.jpg   exp/{train_id,val_id,test_id}.txt (or .mat)

Cameras 1, 2 visible indoors, 3 infrared indoors (the room of camera 2), 4, 5 visible outdoors, 6 infrared outdoors. A
list is one line of identities with commas. Not everybody is seen by every camera. Source of the layout: Wu et al.,
RGB-Infrared Cross-Modality Person Re-Identification, ICCV 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.matlab import read_mat
from nasreid.data.layouts.source import Grammar, Row, Source

FOLDER = "SYSU-MM01"
INFRARED = (3, 6)
CAMERAS = range(1, 7)
NAMES = Grammar(r"(\d{4})\.jpg", "NNNN.jpg", "0001.jpg")
PERSON = Grammar(r"(\d{4})", "PPPP", "0533")
IDS = Grammar(r"\s*\d{1,9}\s*(?:,\s*\d{1,9}\s*)*,?\s*", "ID,ID,…", "6,10,17")


def sysu_mm01(root: str | Path, val: bool = True, skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder SYSU-MM01 itself or its parent.

    Splits train, query (every infrared test image: cameras 3 and 6) and gallery (every visible test image: cameras 1,
    2, 4, 5), of which the protocol draws one or ten of every identity and camera. `val` also trains on the validation
    people, as everybody does. People in none of the lists are left out. Raises NasreidError when an identity is in
    two lists.
    """
    source = Source(root, "SYSU-MM01", [FOLDER], ["exp", *(f"cam{camera}" for camera in CAMERAS)], skip_broken)
    split: dict[int, str] = {}
    for name in ("train", "val", "test"):
        for identity in _ids(source, name):
            if split.setdefault(identity, name) != name:
                source.refuse(f"{source.base / 'exp'}: identity {identity} in {split[identity]}_id and {name}_id",
                              "each identity in one list")
    parts = {"train": "train", "test": "test", **({"val": "train"} if val else {})}
    return source.frame(row for camera in CAMERAS for row in _rows(source, camera, split, parts))


def _rows(source: Source, camera: int, split: dict[int, str], parts: dict[str, str]) -> Iterator[Row]:
    infrared = camera in INFRARED
    if f"cam{camera}" not in source.index.folders:
        source.refuse(f"{source.base / f'cam{camera}'}: no such folder", "the folders cam1 to cam6")
    for folder in source.index.below(f"cam{camera}"):
        person = PERSON.match(folder)
        if person is None:
            source.complain(f"{source.base}/cam{camera}/{folder}", f"a folder like {PERSON}")
            continue
        part = parts.get(split.get(int(person[1]), ""))
        where = "train" if part == "train" else "query" if infrared else "gallery"
        for path, _ in source.pictures(f"cam{camera}/{folder}", NAMES, empty=True) if part else ():
            yield Row(path, int(person[1]), camera, where, "infrared" if infrared else "visible")


def _ids(source: Source, name: str) -> list[int]:
    matlab = source.base / "exp" / f"{name}_id.mat"
    if matlab.is_file() and not matlab.with_suffix(".txt").is_file():
        return read_mat(matlab).integers("id")
    return [int(number) for _, match in source.lines(f"exp/{name}_id.txt", IDS)
            for number in match[0].split(",") if number.strip()]
