"""The embedded people in the layouts of two views or two spectra: SYSU-MM01, RegDB, VIPeR, GRID, CUHK01."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nasreid.data.layouts.halves import TRIALS, first
from nasreid.data.layouts.source import Row
from nasreid.data.people.copies_lists import lines, matlab
from nasreid.data.people.sights import STRANGERS, Arguments, Copy, Picture, Sight, known
from nasreid.errors import NasreidError


def sysu(arguments: Arguments, val: bool = True) -> Copy:
    """Six cameras, 3 and 6 infrared; everybody whose number is a multiple of 4 is not seen by camera 1."""
    if arguments.cameras != 6 or arguments.identities < 2:
        raise NasreidError(f"{arguments.cameras} cameras, {arguments.identities} identities in the layout sysu-mm01: "
                           "expected 6 cameras, at least 2 identities")
    last = arguments.identities
    held = last - max(1, last // 4)  # the last quarter of the training people are the validation people
    pictures = []
    for sight in known(arguments):
        infrared = sight.camera in (3, 6)
        split = "train" if sight.who <= last else "query" if infrared else "gallery"
        path = f"cam{sight.camera}/{sight.who:04d}/{sight.shot + 1:04d}.jpg"
        row = Row(path, sight.who, sight.camera, split, "infrared" if infrared else "visible")
        if sight.who % 4 or sight.camera != 1:
            left = held < sight.who <= last and not val
            pictures.append(Picture(path, replace(sight, infrared=infrared), None if left else row))
    lists = {"train": range(1, held + 1), "val": range(held + 1, last + 1),
             "test": range(last + 1, last + arguments.test_identities + 1)}
    files = {f"exp/{name}_id.txt": lines([",".join(map(str, who))]) for name, who in lists.items()}
    return Copy("SYSU-MM01", pictures, files)


def regdb(arguments: Arguments, trial: int = 1) -> Copy:
    """Camera 1 visible, camera 2 thermal; ten trials, each with its own training people."""
    people = range(1, arguments.identities + arguments.test_identities + 1)
    train = {number: first(people, arguments.identities, "regdb", number, arguments.seed) for number in TRIALS}
    pictures, named = [], {"visible": [], "thermal": []}
    for sight in _twice(arguments, arguments.shots):
        spectrum, letter = ("visible", "v") if sight.camera == 1 else ("thermal", "t")
        path = f"{spectrum.capitalize()}/{sight.who}/female_back_{letter}_{sight.shot:05d}_{sight.who}.bmp"
        split = "train" if sight.who in train[trial] else "query" if sight.camera == 1 else "gallery"
        row = Row(path, sight.who, sight.camera, split, "visible" if sight.camera == 1 else "infrared")
        pictures.append(Picture(path, replace(sight, infrared=sight.camera == 2), row))
        named[spectrum].append((path, sight.who))
    files = {f"idx/{part}_{spectrum}_{number}.txt": _labelled(found, train[number], part == "train")
             for part in ("train", "test") for spectrum, found in named.items() for number in TRIALS}
    return Copy("RegDB", pictures, files)


def _labelled(found: list[tuple[str, int]], train: set[int], training: bool) -> bytes:
    """Lines whose labels count from 0 in each file."""
    kept = [(path, who) for path, who in found if (who in train) == training]
    labels = {who: label for label, who in enumerate(sorted({who for _, who in kept}))}
    return lines([f"{path} {labels[who]}" for path, who in kept])


def viper(arguments: Arguments, trial: int = 1, seed: int = 0) -> Copy:
    """One picture from each of two cameras."""
    people = [who - 1 for who in _people(arguments, 999)]
    train = first(people, len(people) // 2, "viper", trial, seed)
    pictures = []
    for sight in _twice(arguments, 1):
        path = f"cam_{'ab'[sight.camera - 1]}/{sight.who - 1:03d}_{45 * (sight.camera - 1)}.bmp"
        pictures.append(Picture(path, sight, _halved(path, sight, sight.who - 1, train)))
    return Copy("VIPeR", pictures)


def cuhk01(arguments: Arguments, trial: int = 1, test: int | None = None, seed: int = 0) -> Copy:
    """Two pictures from each of two views."""
    people = _people(arguments, 9999)
    train = first(people, len(people) // 2 if test is None else len(people) - test, "cuhk01", trial, seed)
    pictures = []
    for sight in _twice(arguments, 2):
        path = f"{sight.who:04d}{2 * (sight.camera - 1) + sight.shot + 1:03d}.png"
        pictures.append(Picture(path, sight, _halved(path, sight, sight.who, train)))
    return Copy("campus", pictures)


def grid(arguments: Arguments, trial: int = 1, partitions: str = "official", seed: int = 0) -> Copy:
    """One picture from each of two cameras, strangers in the gallery, and the ten splits as a MATLAB file."""
    people = _people(arguments, STRANGERS - 1)
    half = len(people) // 2
    official = {number: first(people, half, "grid-file", number, arguments.seed) for number in TRIALS}
    train = official[trial] if partitions == "official" else first(people, half, "grid", trial, seed)
    pictures = []
    for sight in [*_twice(arguments, 1), *_strangers(arguments)]:
        number = sight.who if sight.who < STRANGERS else 0
        path = f"{'probe' if sight.camera == 1 else 'gallery'}/{number:04d}_{sight.camera}_{sight.who}_1.jpeg"
        row = _halved(path, sight, number, train)
        pictures.append(Picture(path, sight, row if number else row._replace(role="distractor")))
    cells = np.empty((1, len(TRIALS)), dtype=object)
    cells[0] = [np.array([sorted(found)]) for found in official.values()]
    return Copy("underground_reid", pictures, {"features_and_partitions.mat": matlab({"trainIdxAll": cells})})


def _halved(path: str, sight: Sight, identity: int, train: set[int]) -> Row:
    split = "train" if identity in train else "query" if sight.camera == 1 else "gallery"
    return Row(path, identity, sight.camera, split)


def _people(arguments: Arguments, most: int) -> range:
    count = arguments.identities + arguments.test_identities
    if count > most:
        raise NasreidError(f"{count} identities in this layout: expected at most {most}")
    return range(1, count + 1)


def _twice(arguments: Arguments, shots: int) -> Iterator[Sight]:
    """Everybody, seen by cameras 1 and 2."""
    for who in range(1, arguments.identities + arguments.test_identities + 1):
        for camera in (1, 2):
            yield from (Sight("", who, str(who), camera, shot, infrared=False) for shot in range(shots))


def _strangers(arguments: Arguments) -> Iterator[Sight]:
    for stranger in range(max(1, arguments.test_identities // 2)):
        yield Sight("", STRANGERS + stranger, "0000", 2 + stranger % 2, 0, infrared=False)
