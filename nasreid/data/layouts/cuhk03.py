"""CUHK03 under the new protocol: 767 people to train, 700 to test, two views; boxes detected or drawn ("labeled").

    cuhk03/cuhk03_new_protocol_config_{detected,labeled}.mat + images_{detected,labeled}/P_III_V_NN.png
    cuhk03-np/{detected,labeled}/{bounding_box_train,query,bounding_box_test}/IIII_cC_….png

The first form is the release: `nasreid data extract` cuts its images out of cuhk03_release/cuhk-03.mat. Its names are
camera pair, identity in the pair, view, image; the protocol's file lists the names with labels, cameras and 1-based
rows of train, query and gallery. Source: Li et al., DeepReID, CVPR 2014; Zhong et al., Re-ranking Person
Re-identification with k-reciprocal Encoding, CVPR 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.matlab import Matlab, read_mat
from nasreid.data.layouts.source import Grammar, Row, Source
from nasreid.errors import NasreidError

FOLDERS = ("cuhk03-np", "cuhk03")
BOXES = ("detected", "labeled")
SPLITS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
CUT = Grammar(r"(\d{1,9})_c([12])(?:s\d)?_\w+\.(?:png|jpg)", "IIII_cC_NN.png", "0001_c1_01.png")
NAMES = Grammar(r"([1-5])_(\d{3})_([12])_(\d{2})\.png", "P_III_V_NN.png", "1_001_1_01.png")


def cuhk03(root: str | Path, boxes: str = "detected", skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder cuhk03-np or cuhk03 itself or its parent, in either form.

    Splits train, query and gallery; cameras 1 and 2. `boxes` is detected or labeled. Raises NasreidError when the
    protocol's file does not fit itself or the images.
    """
    if boxes not in BOXES:
        raise NasreidError(f"boxes {boxes!r} of CUHK03: expected detected or labeled")
    protocol = f"cuhk03_new_protocol_config_{boxes}.mat"
    source = Source(root, "CUHK03", FOLDERS, [f"{boxes}/{SPLITS['train']}", protocol], skip_broken)
    if (source.base / boxes / SPLITS["train"]).is_dir():
        return source.frame(row for split in SPLITS for row in _cut(source, boxes, split))
    if not (source.base / f"images_{boxes}").is_dir():
        raise NasreidError(f"{source.base}: no folder images_{boxes}; expected the images of cuhk-03.mat, which "
                           f"`nasreid data extract {source.base}` writes")
    return source.frame(_listed(source, boxes, read_mat(source.base / protocol)))


def _cut(source: Source, boxes: str, split: str) -> Iterator[Row]:
    for path, match in source.pictures(f"{boxes}/{SPLITS[split]}", CUT):
        yield Row(path, int(match[1]), int(match[2]), split)


def _listed(source: Source, boxes: str, protocol: Matlab) -> Iterator[Row]:
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
            if not NAMES.match(name):
                source.complain(f"{where}: {name!r}", f"a name like {NAMES}")
            elif camera not in (1, 2):
                source.complain(f"{where}: camera {camera}", "1 or 2")
            elif source.present(f"images_{boxes}/{name}", where):
                yield Row(f"images_{boxes}/{name}", labels[row - 1], camera, split)
