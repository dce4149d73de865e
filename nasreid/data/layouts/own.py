"""Your own data: a CSV file with a row for each image, or a folder for each identity."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.own_split import drawn, numbers
from nasreid.data.layouts.source import Grammar, Row, Source
from nasreid.errors import NasreidError

SPLITS = ("train", "query", "gallery")
VALUES = {"modality": ("", "visible", "infrared"), "split": (*SPLITS, "test"), "role": ("", "distractor")}
IMAGE = Grammar(r"(?i:.+\.(?:jpe?g|png|bmp|webp|tiff?))", "NAME.jpg (or .png, .bmp, .webp, .tif)", "0001.jpg")


def from_csv(root: str | Path, train_share: float = 1.0, seed: int = 0, skip_broken: bool = False) -> pd.DataFrame:
    """Read the .csv file `root`: columns path and identity, and where known camera, modality, split, role.

    Paths are relative to the file's folder. Identities and cameras may be numbers or any text (then numbered by
    sorted text, from 1); an empty or missing camera is -1. Without a column split, `train_share` of the identities
    are train and the others query and gallery, see `nasreid.data.layouts.own_split.drawn`. Raises NasreidError with file and
    line.
    """
    path = Path(root)
    if not path.is_file():
        raise NasreidError(f"{path}: no such file; expected a .csv file with the columns path and identity")
    source = Source(path.parent, "CSV", ["."], ["."], skip_broken)
    records = list(_records(source, path.name))
    if not records:
        raise NasreidError(f"{path}: no row for an image in it; expected at least one")
    people = numbers((record["identity"] for record in records), f"{path}: identity")
    cameras = numbers((record.get("camera", "") for record in records), f"{path}: camera")
    rows = [Row(os.path.normpath(record["path"]), people[record["identity"]], cameras[record.get("camera", "")],
                record.get("split", ""), record.get("modality") or "visible", record.get("role", ""))
            for record in records]
    return source.frame(rows if "split" in records[0] else drawn(rows, train_share, seed))


def _records(source: Source, name: str) -> Iterator[dict[str, str]]:
    lines = source.text(name, "the columns path and identity").splitlines(keepends=True)
    reader = csv.DictReader(lines, strict=True)
    try:
        for column in ("path", "identity"):
            if column not in (reader.fieldnames or ()):
                source.refuse(f"{source.base / name} line 1: no column {column!r}", "at least path and identity")
        for record in reader:
            fault = _fault(source.base, record)
            if fault:
                source.complain(f"{source.base / name} line {reader.line_num}: {fault[0]}", fault[1])
            else:
                yield record
    except csv.Error as error:
        source.refuse(f"{source.base / name} line {reader.reader.line_num}: {error}", "comma-separated values")


def _fault(base: Path, record: dict[str | None, str | None]) -> tuple[str, str] | None:
    """What is wrong with a row, and what was expected."""
    if None in record or None in record.values():
        return "not as many values as the first line", "one for each column"
    if not record["path"] or not record["identity"]:
        return "an empty path or identity", "both"
    for column, known in VALUES.items():
        if record.get(column, known[0]) not in known:
            return f"{column} {record[column]!r}", " or ".join(map(repr, known))
    if "\0" in str(record["path"]) or not base.joinpath(str(record["path"])).is_file():
        return f"no file {record['path']!r} in {base}", "every image on disk"
    return None


def from_folder(root: str | Path, camera: str | None = None, train_share: float = 1.0, seed: int = 0,
                skip_broken: bool = False) -> pd.DataFrame:
    r"""Read root/IDENTITY/IMAGE, or root/{train,query,gallery}/IDENTITY/IMAGE where the folder train is there.

    A folder's name is its identity: a number, or any text (then numbered by sorted text, from 1). `camera` is a regular
    expression with one group that finds the camera in an image's name, e.g. `c(\d+)`; without it cameras are -1.
    `train_share` and `seed` split the first form as `from_csv` does.
    """
    source = Source(root, "folder per identity", ["."], ["."], skip_broken)
    parts = _parts(source)
    found = [(part, identity, path, _camera(source, path, camera and _pattern(camera)))
             for part in parts for identity, path in _images(source, part)]
    if not found:
        raise NasreidError(f"{source.base}: no folder with images; expected one for each identity")
    people = numbers((identity for _, identity, _, _ in found), f"{source.base}: identity")
    cameras = numbers((place for _, _, _, place in found), f"{source.base}: camera")
    rows = [Row(path, people[identity], cameras[place], part) for part, identity, path, place in found]
    return source.frame(rows if parts != [""] else drawn(rows, train_share, seed))


def _parts(source: Source) -> list[str]:
    folders = source.index.below("")
    if "train" not in folders:
        return [""]
    for folder in set(folders) - set(SPLITS):
        source.complain(f"{source.base / folder}: a folder beside train", "query and gallery only")
    return [part for part in SPLITS if part in folders]


def _images(source: Source, part: str) -> Iterator[tuple[str, str]]:
    stray = [name for name in source.index.files(part) if IMAGE.match(name)]
    if stray:
        source.complain(f"{source.base / part / stray[0]}: outside the folder of an identity", "IDENTITY/IMAGE")
    for identity in source.index.below(part):
        folder = f"{part}/{identity}".lstrip("/")
        if source.index.below(folder):
            source.complain(f"{source.base / folder}: folders in it", "images only")
        yield from ((identity, path) for path, _ in source.pictures(folder, IMAGE))


def _pattern(camera: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(camera, re.ASCII)
    except re.error as error:
        raise NasreidError(f"camera {camera!r}: no regular expression ({error}); expected one with a group") from None
    if pattern.groups != 1:
        raise NasreidError(f"camera {camera!r} has {pattern.groups} groups; expected one, e.g. 'c(\\d+)'")
    return pattern


def _camera(source: Source, path: str, pattern: re.Pattern[str] | str | None) -> str:
    if not isinstance(pattern, re.Pattern):
        return ""
    match = pattern.search(path.rsplit("/", 1)[-1])
    if match is None or not match[1]:
        raise NasreidError(f"{source.base / path}: no camera in its name; expected {pattern.pattern}")
    return match[1]
