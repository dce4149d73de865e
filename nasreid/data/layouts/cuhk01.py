"""CUHK01: 971 people, two images from each of two views.

    campus/0001001.png

Four digits of identity, three of the image: 1 and 2 are view A, 3 and 4 view B. 485 people to train and 486 to test,
or 871 and 100; ten random splits, drawn by a hash (`nasreid.data.layouts.halves`), since the field has no list of them.
Source of the layout: Li et al., Human Reidentification with Transferred Metric Learning, ACCV 2012.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasreid.data.layouts.halves import first
from nasreid.data.layouts.source import Grammar, Row, Source

FOLDERS = ("campus", "CUHK01/campus", "CUHK01")
NAMES = Grammar(r"(\d{4})00([1-4])\.png", "IIII00N.png", "0001001.png")


def cuhk01(root: str | Path, trial: int = 1, test: int | None = None, seed: int = 0,
           skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder campus itself or its parent, in the split of `trial` 1 to 10 and `seed`.

    `test` people are tested (default: half, rounded up: 486; the other usual number is 100). Their images of view A
    (camera 1) are query, those of view B (camera 2) gallery; the protocol also asks the other way round.
    """
    source = Source(root, "CUHK01", FOLDERS, ["."], skip_broken)
    found = [(path, int(match[1]), 1 if match[2] in "12" else 2) for path, match in source.pictures("", NAMES)]
    people = {identity for _, identity, _ in found}
    count = len(people) // 2 if test is None else len(people) - test
    train = first(people, count, "cuhk01", trial, seed)
    return source.frame(
        Row(path, identity, camera, "train" if identity in train else "query" if camera == 1 else "gallery")
        for path, identity, camera in found
    )
