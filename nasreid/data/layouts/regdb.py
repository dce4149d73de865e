"""RegDB: visible and thermal images of the same 412 people, in ten trials.

    RegDB/{Visible,Thermal}/ID/male_front_v_00007_1.bmp   idx/{train,test}_{visible,thermal}_{1..10}.txt

A line is `Visible/285/male_back_v_05528_285.bmp 0`; its label counts from 0 in every file, so that train and test
labels collide: the frame's identity is the folder's number. Source of the layout: Nguyen et al., Person Recognition
System Based on a Combination of Body Images from Visible Light and Thermal Cameras, Sensors 2017, and the trials in
common use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.halves import TRIALS, check_trial, first
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy, Picture, lines, numbered, twice
from nasreid.data.layouts.source import Row, Source

FOLDER = "RegDB"
SPLITS = {"visible": "query", "thermal": "gallery"}  # of the test lists
LINE = Grammar(r"((Visible|Thermal)/(\d{1,9})/[a-z]+_[a-z]+_([vt])_\d+_(\d{1,9})\.bmp)\s+(\d{1,9})",
               "Visible/ID/gender_view_v_FRAME_ID.bmp LABEL", "Visible/285/male_back_v_05528_285.bmp 0")


@dataclass(frozen=True)
class RegDB(Layout):
    """RegDB: persons seen by one visible and one thermal camera, scored both ways.

    trial: 1 to 10, which people are trained on.
    """

    name = "regdb"
    protocol = "regdb"
    cameras = 2

    trial: int = 1

    def __post_init__(self) -> None:
        check_trial("RegDB", self.trial)

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder RegDB itself or its parent.

        Visible images have camera 1, thermal ones ("infrared") camera 2. Visible test images are the split query,
        thermal ones gallery; the protocol also asks the other way round, and has no camera rule. Raises NasreidError
        when a label names two identities in one file.
        """
        source = Source(root, "RegDB", [FOLDER], ["idx"], skip_broken)
        lists = [(part, f"idx/{part}_{spectrum}_{self.trial}.txt", spectrum)
                 for part in ("train", "test") for spectrum in SPLITS]
        return source.frame(source.listed(row for part in source.parts(lists) for row in _rows(source, *part)))

    def counts(self) -> list[Count]:
        """As published, of every trial."""
        train = [Count("train", 2060, 206, modality) for modality in ("visible", "infrared")]
        return [*train, Count("query", 2060, 206), Count("gallery", 2060, 206)]

    def people(self, arguments: Arguments) -> Copy:
        """Ten trials, each with its own training people."""
        people = numbered(arguments)
        train = {number: first(people, arguments.identities, "regdb", number, arguments.seed) for number in TRIALS}
        pictures, named = [], {"visible": [], "thermal": []}
        for sight in twice(arguments, arguments.shots):
            sight = replace(sight, infrared=sight.camera == 2)
            spectrum = "thermal" if sight.infrared else "visible"
            path = f"{spectrum.capitalize()}/{sight.who}/female_back_{spectrum[0]}_{sight.shot:05d}_{sight.who}.bmp"
            split = "train" if sight.who in train[self.trial] else SPLITS[spectrum]
            pictures.append(Picture(path, sight, Row(path, sight.who, sight.camera, split, sight.modality)))
            named[spectrum].append((path, sight.who))
        files = {f"idx/{part}_{spectrum}_{number}.txt": _labelled(found, train[number], part == "train")
                 for part in ("train", "test") for spectrum, found in named.items() for number in TRIALS}
        return Copy(FOLDER, pictures, files)


def _rows(source: Source, part: str, file: str, spectrum: str) -> Iterator[tuple[str, Row]]:
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
        else:
            yield where, Row(path, int(identity), camera, split, modality)


def _labelled(found: list[tuple[str, int]], train: set[int], training: bool) -> bytes:
    """Lines whose labels count from 0 in each file."""
    kept = [(path, who) for path, who in found if (who in train) == training]
    labels = {who: label for label, who in enumerate(sorted({who for _, who in kept}))}
    return lines([f"{path} {labels[who]}" for path, who in kept])
