"""VIPeR: 632 people, one image from each of two cameras.

    VIPeR/{cam_a,cam_b}/NNN_ANGLE.bmp

Ten random halves of the identities and both directions; the halves are drawn by a hash (`nasreid.data.layouts.halves`), since
the field has no list of them. Source of the layout: Gray and Tao, Viewpoint Invariant Pedestrian Recognition with an
Ensemble of Localized Features, ECCV 2008.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasreid.data.layouts.halves import first
from nasreid.data.layouts.source import Grammar, Row, Source

FOLDER = "VIPeR"
CAMERAS = {"cam_a": 1, "cam_b": 2}
NAMES = Grammar(r"(\d{3})_(\d+)\.bmp", "NNN_ANGLE.bmp", "000_45.bmp")


def viper(root: str | Path, trial: int = 1, seed: int = 0, skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder VIPeR itself or its parent, in the split of `trial` 1 to 10 and `seed`.

    Half of the identities are train. Of the others, images of camera a (1) are query, those of camera b (2) gallery;
    the protocol also asks the other way round.
    """
    source = Source(root, "VIPeR", [FOLDER], CAMERAS, skip_broken)
    found = [(path, int(match[1]), camera)
             for folder, camera in CAMERAS.items() for path, match in source.pictures(folder, NAMES)]
    people = {identity for _, identity, _ in found}
    train = first(people, len(people) // 2, "viper", trial, seed)
    return source.frame(
        Row(path, identity, camera, "train" if identity in train else "query" if camera == 1 else "gallery")
        for path, identity, camera in found
    )
