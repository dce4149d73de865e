"""CUHK03 under the new protocol: 767 people to train, 700 to test, two views; boxes detected or drawn ("labeled").

    cuhk03/cuhk03_new_protocol_config_{detected,labeled}.mat + images_{detected,labeled}/P_III_V_NN.png
    cuhk03-np/{detected,labeled}/{bounding_box_train,query,bounding_box_test}/IIII_cC_….png

The first form is the release: `nasreid data extract` cuts its images out of cuhk03_release/cuhk-03.mat. Its names are
camera pair, identity in the pair, view, image; the protocol's file lists the names with labels, cameras and 1-based
rows of train, query and gallery. Source: Li et al., DeepReID, CVPR 2014; Zhong et al., Re-ranking Person
Re-identification with k-reciprocal Encoding, CVPR 2017.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.matlab import Matlab, mat_bytes, read_mat
from nasreid.data.layouts.sights import Arguments, Copy, Picture, Sight, known
from nasreid.data.layouts.source import Row, Source
from nasreid.errors import NasreidError

FOLDERS = ("cuhk03-np", "cuhk03")
BOXES = {"detected": (7365, 1400, 5332), "labeled": (7368, 1400, 5328)}  # images of train, query and gallery
PEOPLE = (767, 700, 700)
SPLITS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
CUT = Grammar(r"(\d{1,9})_c(?P<camera>\d{1,9})(?:s\d)?_\w+\.(?:png|jpg)", "IIII_cC_NN.png", "0001_c1_01.png",
              {"camera": range(1, 3)})
NAMES = Grammar(r"(?P<pair>\d)_(\d{3})_(?P<view>\d)_(\d{2})\.png", "P_III_V_NN.png", "1_001_1_01.png",
                {"pair": range(1, 6), "view": range(1, 3)})


@dataclass(frozen=True)
class CUHK03(Layout):
    """CUHK03, new protocol: persons seen by two cameras.

    boxes: detected or labeled (drawn by hand).
    """

    name = "cuhk03"
    protocol = "cuhk03"
    cameras = 2

    boxes: str = "detected"

    def __post_init__(self) -> None:
        if self.boxes not in BOXES:
            raise NasreidError(f"boxes {self.boxes!r} of CUHK03: expected detected or labeled")

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder cuhk03-np or cuhk03 itself or its parent, in either form.

        Splits train, query and gallery; cameras 1 and 2. Raises NasreidError when the protocol's file does not fit
        itself or the images.
        """
        cut = [(split, f"{self.boxes}/{folder}") for split, folder in SPLITS.items()]
        protocol = _protocol(self.boxes)
        source = Source(root, "CUHK03", FOLDERS, [*(folder for _, folder in cut), protocol], skip_broken)
        if any((source.base / folder).is_dir() for _, folder in cut):
            return source.frame(Row(path, int(match[1]), int(match[2]), split) for split, folder in source.parts(cut)
                                for path, match in source.pictures(folder, CUT))
        if not (source.base / f"images_{self.boxes}").is_dir():
            raise NasreidError(f"{source.base}: no folder images_{self.boxes}; expected the images of cuhk-03.mat, "
                               f"which `nasreid data extract {source.base}` writes")
        return source.frame(source.listed(_rows(source, self.boxes, read_mat(source.base / protocol))))

    def counts(self) -> list[Count]:
        """As published, of either kind of box."""
        return [Count(*count) for count in zip(SPLITS, BOXES[self.boxes], PEOPLE, strict=True)]

    def people(self, arguments: Arguments) -> Copy:
        """The release with its images cut, both kinds of box alike; cameras 1 and 2 and at most five shots of each."""
        seen = [sight for sight in known(arguments) if sight.camera <= 2 and sight.shot < 5]
        pictures, rows = [], defaultdict(list)
        for number, sight in enumerate(seen, start=1):
            rows[f"{sight.split}_idx"].append(number)
            for kind in BOXES:
                path = f"images_{kind}/{_name(sight)}"
                row = Row(path, sight.who, sight.camera, sight.split) if kind == self.boxes else None
                pictures.append(Picture(path, sight, row))
        record = {"filelist": _column([_name(sight) for sight in seen]),
                  "labels": np.array([[sight.who for sight in seen]]).T,
                  "camId": np.array([[sight.camera for sight in seen]]).T,
                  **{name: np.array([found]).T for name, found in rows.items()}}
        return Copy("cuhk03", pictures, dict.fromkeys(map(_protocol, BOXES), mat_bytes(record)))


def _protocol(boxes: str) -> str:
    return f"cuhk03_new_protocol_config_{boxes}.mat"


def _rows(source: Source, boxes: str, protocol: Matlab) -> Iterator[tuple[str, Row]]:
    names, labels, cameras = protocol.texts("filelist"), protocol.integers("labels"), protocol.integers("camId")
    if not len(names) == len(labels) == len(cameras):
        source.refuse(f"{protocol.path}: {len(names)} names, {len(labels)} labels, {len(cameras)} cameras",
                      "as many of each")
    for split in SPLITS:
        for row in protocol.integers(f"{split}_idx"):
            where = f"{protocol.path}: {split}_idx {row}"
            if not 1 <= row <= len(names):
                source.refuse(where, f"1 to {len(names)}")
            name, camera = names[row - 1], cameras[row - 1]
            if not source.matched(name, NAMES, where, f"a name like {NAMES}", f": {name!r}"):
                continue
            if camera not in (1, 2):
                source.complain(f"{where}: camera {camera}", "1 or 2")
            else:
                yield where, Row(f"images_{boxes}/{name}", labels[row - 1], camera, split)


def _name(sight: Sight) -> str:
    pair, person = divmod(sight.who - 1, 999)
    return f"{pair + 1}_{person + 1:03d}_{sight.camera}_{5 * (sight.camera - 1) + sight.shot + 1:02d}.png"


def _column(texts: list[str]) -> np.ndarray:
    column = np.empty((len(texts), 1), dtype=object)
    column[:, 0] = texts
    return column
