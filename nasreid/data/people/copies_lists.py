"""The embedded people in the layouts that have list files: MSMT17, VehicleID, CUHK03."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import Any

import numpy as np

from nasreid.data.layouts.msmt17 import TEST, VERSIONS
from nasreid.data.layouts.source import NO_CAMERA, Row
from nasreid.data.people.sights import Arguments, Copy, Picture, known


def lines(rows: list[str]) -> bytes:
    """A list file."""
    return "".join(f"{row}\n" for row in rows).encode()


def msmt17(arguments: Arguments, version: str | int = "auto", val: bool = True) -> Copy:
    """Version 1; train and test both number their people from 0, and the last shot of everybody in camera 1 is val."""
    train, test = VERSIONS["1"]
    pictures, lists = [], {name: [] for name in ("train", "val", "query", "gallery")}
    for sight in known(arguments):
        training = sight.split == "train"
        number = sight.who - 1 if training else sight.who - 1 - arguments.identities
        name = f"{number:04d}_{sight.shot:03d}_{sight.camera:02d}_0303{'morning' if sight.shot else 'noon'}_" \
               f"{sight.shot:04d}_0{'_ex' if sight.shot % 2 else ''}.jpg"
        held = training and sight.camera == 1 and sight.shot == arguments.shots - 1
        lists["val" if held else sight.split].append(f"{number:04d}/{name} {number}")
        path = f"{train if training else test}/{number:04d}/{name}"
        row = Row(path, number if training else TEST + number, sight.camera, sight.split)
        pictures.append(Picture(path, sight, None if held and not val else row))
    return Copy("MSMT17_V1", pictures, {f"list_{name}.txt": lines(rows) for name, rows in lists.items()})


def vehicleid(arguments: Arguments, size: str | int = "small") -> Copy:
    """The small list has a third of the test people, the medium one two thirds, the large one all."""
    share = {"small": 1, "800": 1, "medium": 2, "1600": 2, "large": 3, "2400": 3}[str(size)]
    pictures, lists = [], defaultdict(list)
    for number, sight in enumerate(known(arguments), start=1):
        path, line = f"image/{number:07d}.jpg", f"{number:07d} {sight.who}"
        third = 1 + 3 * (sight.who - arguments.identities - 1) // arguments.test_identities
        training = sight.split == "train"
        for name in ["train_list"] if training else [f"test_list_{800 * part}" for part in range(third, 4)]:
            lists[name].append(line)
        row = Row(path, sight.who, NO_CAMERA, "train" if training else "test")
        pictures.append(Picture(path, sight, row if training or third <= share else None))
    return Copy("VehicleID_V1.0", pictures, {f"train_test_split/{n}.txt": lines(rows) for n, rows in lists.items()})


def cuhk03(arguments: Arguments, boxes: str = "detected") -> Copy:
    """The release with its images cut, both kinds of box alike; only cameras 1 and 2 and at most five shots of each."""
    pictures, names, labels, cameras, rows = [], [], [], [], defaultdict(list)
    seen = [sight for sight in known(arguments) if sight.camera <= 2 and sight.shot < 5]
    for number, sight in enumerate(seen, start=1):
        pair, person = divmod(sight.who - 1, 999)
        name = f"{pair + 1}_{person + 1:03d}_{sight.camera}_{5 * (sight.camera - 1) + sight.shot + 1:02d}.png"
        names.append(name)
        labels.append(sight.who)
        cameras.append(sight.camera)
        rows[f"{sight.split}_idx"].append(number)
        for kind in ("detected", "labeled"):
            path = f"images_{kind}/{name}"
            row = Row(path, sight.who, sight.camera, sight.split) if kind == boxes else None
            pictures.append(Picture(path, sight, row))
    record = {"filelist": _column(names), "labels": np.array([labels]).T, "camId": np.array([cameras]).T,
              **{name: np.array([found]).T for name, found in rows.items()}}
    protocols = [f"cuhk03_new_protocol_config_{kind}.mat" for kind in ("detected", "labeled")]
    return Copy("cuhk03", pictures, dict.fromkeys(protocols, matlab(record)))


def matlab(record: dict[str, Any]) -> bytes:
    """A MATLAB file, the same bytes at any time."""
    from scipy.io import savemat

    buffer = io.BytesIO()
    savemat(buffer, record)
    return b"MATLAB 5.0 MAT-file, nasreid".ljust(116) + buffer.getvalue()[116:]  # scipy writes the hour there


def _column(texts: list[str]) -> np.ndarray:
    column = np.empty((len(texts), 1), dtype=object)
    column[:, 0] = texts
    return column
