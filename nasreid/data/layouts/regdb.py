"""RegDB: visible and thermal images of the same 412 people, in ten trials.

    RegDB/{Visible,Thermal}/ID/male_front_v_00007_1.bmp   idx/{train,test}_{visible,thermal}_{1..10}.txt

A line is `Visible/285/male_back_v_05528_285.bmp 0`; its label counts from 0 in every file, so that train and test
labels collide: the frame's identity is the folder's number. Source of the layout: Nguyen et al., Person Recognition
System Based on a Combination of Body Images from Visible Light and Thermal Cameras, Sensors 2017, and the trials in
common use.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.source import Grammar, Row, Source
from nasreid.errors import NasreidError

FOLDER = "RegDB"
TRIALS = range(1, 11)
SPLITS = {"visible": "query", "thermal": "gallery"}  # of the test lists
LINE = Grammar(r"((Visible|Thermal)/(\d{1,9})/[a-z]+_[a-z]+_([vt])_\d+_(\d{1,9})\.bmp)\s+(\d{1,9})",
               "Visible/ID/gender_view_v_FRAME_ID.bmp LABEL", "Visible/285/male_back_v_05528_285.bmp 0")


def regdb(root: str | Path, trial: int = 1, skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder RegDB itself or its parent, in the split of `trial` 1 to 10.

    Visible images have camera 1, thermal ones ("infrared") camera 2. Visible test images are the split query, thermal
    ones gallery; the protocol also asks the other way round, and has no camera rule. Raises NasreidError when a label
    names two identities in one file.
    """
    if trial not in TRIALS:
        raise NasreidError(f"trial {trial!r} of RegDB: expected 1 to 10")
    source = Source(root, "RegDB", [FOLDER], ["idx"], skip_broken)
    return source.frame(row for part in ("train", "test") for spectrum in SPLITS
                        for row in _rows(source, part, spectrum, f"idx/{part}_{spectrum}_{trial}.txt"))


def _rows(source: Source, part: str, spectrum: str, file: str) -> Iterator[Row]:
    split = "train" if part == "train" else SPLITS[spectrum]
    camera, modality = (1, "visible") if spectrum == "visible" else (2, "infrared")
    labels: dict[str, str] = {}
    for where, match in source.lines(file, LINE):
        path, folder, identity, letter, named, label = match.groups()
        if (folder.lower(), letter) != (spectrum, spectrum[0]):
            source.complain(f"{where}: {path}", f"a {spectrum} image")
        elif int(named) != int(identity):
            source.complain(f"{where}: {path} in folder {identity}", "the folder's number at the end of the name")
        elif labels.setdefault(label, identity) != identity:
            source.complain(f"{where}: label {label} of identities {labels[label]} and {identity}", "one identity")
        elif source.present(path, where):
            yield Row(path, int(identity), camera, split, modality)
