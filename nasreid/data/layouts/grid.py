"""GRID (QMUL underGround): 250 people seen twice in a station of eight cameras, and 775 images of others.

    underground_reid/{probe,gallery}/IIII_C_….jpeg   features_and_partitions.mat (trainIdxAll: 10 splits of 125/125)

Identity 0000 are distractors, in the gallery only. Source of the layout: Loy et al., Multi-camera Activity Correlation
Analysis, CVPR 2009, and the set's readme.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasreid.data.layouts.halves import TRIALS, first
from nasreid.data.layouts.matlab import leaves, read_mat, whole
from nasreid.data.layouts.source import Grammar, Row, Source
from nasreid.errors import NasreidError

FOLDER = "underground_reid"
PARTITIONS = "features_and_partitions.mat"
SPLITS = {"probe": "query", "gallery": "gallery"}
NAMES = Grammar(r"(\d{4})_([1-8])_[\w-]+\.jpeg", "IIII_C_….jpeg", "0001_1_25023_116_29_94_236.jpeg")


def grid(root: str | Path, trial: int = 1, partitions: str = "official", seed: int = 0,
         skip_broken: bool = False) -> pd.DataFrame:
    """Read `root`, the folder underground_reid itself or its parent, in the split of `trial` 1 to 10.

    `partitions` is official (the .mat file) or drawn (halves by a hash with `seed`, see `nasreid.data.layouts.halves`). Test
    images of probe are query, those of gallery and the distractors (role "distractor", identity 0) gallery; cameras 1
    to 8.
    """
    if trial not in TRIALS:
        raise NasreidError(f"trial {trial!r} of GRID: expected 1 to 10")
    source = Source(root, "GRID", [FOLDER], ["probe"], skip_broken)
    found = [(split, path, int(match[1]), int(match[2]))
             for folder, split in SPLITS.items() for path, match in source.pictures(folder, NAMES)]
    people = {identity for split, _, identity, _ in found if split == "query"}
    if 0 in people:
        source.refuse(f"{source.base / 'probe'}: distractors (0000) among the queries", "them in the gallery only")
    if partitions not in ("official", "drawn"):
        raise NasreidError(f"partitions {partitions!r} of GRID: expected official or drawn")
    train = _official(source, trial, people) if partitions == "official" else first(
        people, len(people) // 2, "grid", trial, seed)
    return source.frame(
        Row(path, identity, camera, "train" if identity in train else split, role="" if identity else "distractor")
        for split, path, identity, camera in found
    )


def _official(source: Source, trial: int, people: set[int]) -> set[int]:
    """The training people of a trial: an array, or the third field of the record that the published file has."""
    path = source.base / PARTITIONS
    if not path.is_file():
        source.refuse(f"{path}: no such file", "the published splits, or --data-args.partitions drawn")
    cells = read_mat(path)["trainIdxAll"].ravel()
    if len(cells) != len(TRIALS):
        source.refuse(f"{path}: {len(cells)} splits in trainIdxAll", f"{len(TRIALS)}")
    fields = list(leaves(cells[trial - 1]))
    train = whole(fields[2] if len(fields) > 2 else fields[0] if fields else [], f"{path}: split {trial}")
    if len(set(train)) != len(train) or not set(train) < people:
        source.refuse(f"{path}: split {trial} names {len(train)} people, {len(set(train) & people)} of probe",
                      f"some of the {len(people)} identities in probe, each once")
    return set(train)
