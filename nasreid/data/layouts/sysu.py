"""SYSU-MM01: people by day (visible) and night (infrared), six cameras.

    SYSU-MM01/{cam1..cam6}/0001/0001.jpg   exp/{train_id,val_id,test_id}.txt (or .mat)

Cameras 1, 2 visible indoors, 3 infrared indoors (the room of camera 2), 4, 5 visible outdoors, 6 infrared outdoors. A
list is one line of identities with commas. Not everybody is seen by every camera. Source of the layout: Wu et al.,
RGB-Infrared Cross-Modality Person Re-Identification, ICCV 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.matlab import read_mat
from nasreid.data.layouts.sights import Arguments, Copy, Picture, known, lines
from nasreid.data.layouts.source import Row, Source
from nasreid.errors import NasreidError

FOLDER = "SYSU-MM01"
INFRARED = (3, 6)
CAMERAS = range(1, 7)
LISTS = {"train": "train", "val": "train", "test": "test"}
FOLDERS = Grammar(r"cam(?P<camera>\d{1,9})", "camC", "cam1", {"camera": CAMERAS})
NAMES = Grammar(r"(\d{4})\.jpg", "NNNN.jpg", "0001.jpg")
PERSON = Grammar(r"(\d{4})", "PPPP", "0533")
IDS = Grammar(r"\d{1,9}\s*(?:,\s*\d{1,9}\s*)*(?:,\s*)?", "ID,ID,…", "6,10,17")  # no \s* meets another: linear


@dataclass(frozen=True)
class SYSUMM01(Layout):
    """SYSU-MM01: persons seen by four visible and two infrared cameras; infrared asks visible.

    val: also train on the validation people, as everybody does.
    """

    name = "sysu-mm01"
    protocol = "sysu"
    cameras = 6

    val: bool = True

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder SYSU-MM01 itself or its parent.

        Splits train, query (every infrared test image: cameras 3 and 6) and gallery (every visible test image: cameras
        1, 2, 4, 5), of which the protocol draws one or ten of every identity and camera. People in none of the lists
        are left out, and the lists of those to train on may be missing. Raises NasreidError when an identity is
        in two lists.
        """
        source = Source(root, "SYSU-MM01", [FOLDER], ["exp", *(f"cam{camera}" for camera in CAMERAS)], skip_broken)
        split = _lists(source)
        _only_known_cameras(source)
        parts = {"train": "train", "test": "test", **({"val": "train"} if self.val else {})}
        return source.frame(row for camera in CAMERAS for row in _rows(source, camera, split, parts))

    def counts(self) -> list[Count]:
        """As published; of the training people without the validation people nothing is."""
        train = [Count("train", 22258, 395, "visible"), Count("train", 11909, 395, "infrared")]
        return [*(train if self.val else ()), Count("query", 3803, 96), Count("gallery", 6775, 96)]

    def people(self, arguments: Arguments) -> Copy:
        """Everybody whose number is a multiple of 4 is not seen by camera 1; a quarter of who trains is val."""
        if arguments.cameras != len(CAMERAS) or arguments.identities < 2:
            raise NasreidError(f"{arguments.cameras} cameras, {arguments.identities} identities in the layout "
                               "sysu-mm01: expected 6 cameras, at least 2 identities")
        last = arguments.identities
        held = last - max(1, last // 4)  # the last quarter of the training people are the validation people
        pictures = []
        for sight in known(arguments):
            sight = replace(sight, infrared=sight.camera in INFRARED)
            split = "train" if sight.who <= last else "query" if sight.infrared else "gallery"
            path = f"cam{sight.camera}/{sight.who:04d}/{sight.shot + 1:04d}.jpg"
            left = held < sight.who <= last and not self.val
            row = None if left else Row(path, sight.who, sight.camera, split, sight.modality)
            if sight.who % 4 or sight.camera != 1:
                pictures.append(Picture(path, sight, row))
        lists = {"train": range(1, held + 1), "val": range(held + 1, last + 1),
                 "test": range(last + 1, last + arguments.test_identities + 1)}
        files = {f"exp/{name}_id.txt": lines([",".join(map(str, who))]) for name, who in lists.items()}
        return Copy(FOLDER, pictures, files)


def _lists(source: Source) -> dict[int, str]:
    """{identity: train, val or test}."""
    split: dict[int, str] = {}
    for _, file, name in source.parts((part, _file(source, name), name) for name, part in LISTS.items()):
        for identity in _ids(source, file):
            if split.setdefault(identity, name) != name:
                source.refuse(f"{source.base / 'exp'}: identity {identity} in {split[identity]}_id and {name}_id",
                              "each identity in one list")
    return split


def _only_known_cameras(source: Source) -> None:
    for folder in source.index.below(""):
        if FOLDERS.match(folder):
            source.matched(folder, FOLDERS, str(source.base / folder), str(FOLDERS))


def _rows(source: Source, camera: int, split: dict[int, str], parts: dict[str, str]) -> Iterator[Row]:
    infrared = camera in INFRARED
    if f"cam{camera}" not in source.index.folders:
        source.refuse(f"{source.base / f'cam{camera}'}: no such folder", "the folders cam1 to cam6")
    for folder in source.index.below(f"cam{camera}"):
        person = source.matched(folder, PERSON, f"{source.base}/cam{camera}/{folder}", f"a folder like {PERSON}")
        if person is None:
            continue
        part = parts.get(split.get(int(person[1]), ""))
        where = "train" if part == "train" else "query" if infrared else "gallery"
        for path, _ in source.pictures(f"cam{camera}/{folder}", NAMES, empty=True) if part else ():
            yield Row(path, int(person[1]), camera, where, "infrared" if infrared else "visible")


def _file(source: Source, name: str) -> str:
    """The list of that name, in MATLAB's form where there is no other."""
    text, matlab = (f"exp/{name}_id{suffix}" for suffix in (".txt", ".mat"))
    return matlab if (source.base / matlab).is_file() and not (source.base / text).is_file() else text


def _ids(source: Source, file: str) -> list[int]:
    if file.endswith(".mat"):
        return read_mat(source.base / file).integers("id")
    return [int(number) for _, match in source.lines(file, IDS) for number in match[0].split(",") if number.strip()]
