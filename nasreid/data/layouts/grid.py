"""GRID (QMUL underGround): 250 people seen twice in a station of eight cameras, and 775 images of others.

    underground_reid/{probe,gallery}/IIII_C_….jpeg   features_and_partitions.mat (trainIdxAll: 10 splits of 125/125)

Identity 0000 are distractors, in the gallery only. Source of the layout: Loy et al., Multi-camera Activity Correlation
Analysis, CVPR 2009, and the set's readme.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.halves import TRIALS, check_trial, first, side
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.matlab import leaves, mat_bytes, read_mat, whole
from nasreid.data.layouts.sights import STRANGERS, Arguments, Copy, Picture, Sight, numbered, twice
from nasreid.data.layouts.source import Row, Source
from nasreid.errors import NasreidError

FOLDER = "underground_reid"
FILE = "features_and_partitions.mat"
SPLITS = {"probe": "query", "gallery": "gallery"}
NAMES = Grammar(r"(\d{4})_(?P<camera>\d{1,9})_[\w-]+\.jpeg", "IIII_C_….jpeg", "0001_1_25023_116_29_94_236.jpeg",
                {"camera": range(1, 9)})


@dataclass(frozen=True)
class GRID(Layout):
    """GRID: persons seen twice by two of eight cameras, scored both ways.

    trial: 1 to 10, which half is trained on. partitions: official (the .mat file) or drawn (halves by a hash with
    `seed`, see `nasreid.data.layouts.halves`).
    """

    name = "grid"
    protocol = "grid"
    cameras = 8

    trial: int = 1
    partitions: str = "official"
    seed: int = 0

    def __post_init__(self) -> None:
        check_trial("GRID", self.trial)
        if self.partitions not in ("official", "drawn"):
            raise NasreidError(f"partitions {self.partitions!r} of GRID: expected official or drawn")

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder underground_reid itself or its parent.

        Test images of probe are query, those of gallery and the distractors (role "distractor", identity 0) gallery;
        cameras 1 to 8.
        """
        source = Source(root, "GRID", [FOLDER], ["probe"], skip_broken)
        found = [(split, path, int(match[1]), int(match[2]))
                 for folder, split in SPLITS.items() for path, match in source.pictures(folder, NAMES)]
        people = {identity for split, _, identity, _ in found if split == "query"}
        if 0 in people:
            source.refuse(f"{source.base / 'probe'}: distractors (0000) among the queries", "them in the gallery only")
        official = self.partitions == "official"
        train = _official(source, self.trial, people) if official else self._drawn(people)
        return source.frame(
            Row(path, identity, camera, "train" if identity in train else split,
                role="" if identity else "distractor")
            for split, path, identity, camera in found
        )

    def counts(self) -> list[Count]:
        """As published, of every split."""
        return [Count("train", 250, 125), Count("query", 125, 125), Count("gallery", 900, 126)]

    def people(self, arguments: Arguments) -> Copy:
        """One picture from each of two cameras, strangers in the gallery, and the ten splits as a MATLAB file."""
        people = set(numbered(arguments, most=STRANGERS - 1))
        official = {number: first(people, len(people) // 2, "grid-file", number, arguments.seed) for number in TRIALS}
        train = official[self.trial] if self.partitions == "official" else self._drawn(people)
        pictures = []
        for sight in [*twice(arguments, 1), *_strangers(arguments)]:
            number = 0 if sight.role else sight.who
            path = f"{'probe' if sight.camera == 1 else 'gallery'}/{number:04d}_{sight.camera}_{sight.who}_1.jpeg"
            row = Row(path, number, sight.camera, side(number, sight.camera, train), role=sight.role)
            pictures.append(Picture(path, sight, row))
        cells = np.empty((1, len(TRIALS)), dtype=object)
        cells[0] = [np.array([sorted(found)]) for found in official.values()]
        return Copy(FOLDER, pictures, {FILE: mat_bytes({"trainIdxAll": cells})})

    def _drawn(self, people: set[int]) -> set[int]:
        return first(people, len(people) // 2, "grid", self.trial, self.seed)


def _official(source: Source, trial: int, people: set[int]) -> set[int]:
    """The training people of a trial: an array, or the third field of the record that the published file has."""
    path = source.base / FILE
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


def _strangers(arguments: Arguments) -> Iterator[Sight]:
    for stranger in range(max(1, arguments.test_identities // 2)):
        yield Sight("", STRANGERS + stranger, "0000", 2 + stranger % 2, 0, infrared=False)
