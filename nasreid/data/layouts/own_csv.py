"""Your own data: a CSV file with a row for each image."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.own_split import check_share, drawn, numbers
from nasreid.data.layouts.sights import Arguments, Copy, Picture, known
from nasreid.data.layouts.source import Row, Source
from nasreid.errors import NasreidError, nearest

VALUES = {"modality": ("", "visible", "infrared"), "split": ("train", "query", "gallery", "test"),
          "role": ("", "distractor")}  # fmt: skip
COLUMNS = ("path", "identity", "camera", *VALUES)
ALIKE = 0.7  # so near is a name to a misspelt one: spilt, cameras, Modality
ALLOW = "--allow-outside (--data-args.allow_outside true)"


@dataclass(frozen=True)
class CSV(Layout):
    """A .csv file of your own: columns path and identity, and where known camera, modality, split, role; others unlike
    these are not read.

    train_share: the share of the identities that are trained on, where there is no column split; of the others, one
    image in each camera that has several is query, the rest gallery. seed: any number, draws another share.
    allow_outside: whether paths may lead out of the file's folder.
    """

    name = "csv"
    protocol = "market"

    train_share: float = 1.0
    seed: int = 0
    allow_outside: bool = False

    def __post_init__(self) -> None:
        check_share(self.train_share)

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read the file `root`. Paths are relative to its folder, and lead out of it only where that is allowed.

        Identities and cameras may be numbers or any text (then numbered by sorted text, from 1; the frame keeps the
        text in identity_name and camera_name); an empty or missing camera is -1. Raises NasreidError with file and
        line.
        """
        if not root.is_file():
            raise NasreidError(f"{root}: no such file; expected a .csv file with the columns path and identity")
        source = Source(root.parent, "CSV", ["."], ["."], skip_broken)
        records = list(_records(source, root.name, self.allow_outside))
        if not records:
            raise NasreidError(f"{root}: no row for an image in it; expected at least one")
        asked = {record["identity"] for record in records if record.get("split") == "query"}
        for record in records:
            if record.get("role") == "distractor" and record["identity"] in asked:
                source.refuse(f"{root}: identity {record['identity']!r} is a distractor and in split 'query'",
                              "distractors for whom nobody asks")
        people = numbers((record["identity"] for record in records), f"{root}: identity")
        cameras = numbers((record.get("camera", "") for record in records), f"{root}: camera")
        rows = [_row(record, people, cameras) for record in records]
        return source.frame(rows if "split" in records[0] else drawn(rows, self.train_share, self.seed))

    def people(self, arguments: Arguments) -> Copy:
        """The file is people.csv."""
        pictures, lines = [], ["path,identity,camera,split"]
        for sight in known(arguments):
            path = f"images/{sight.who}-{sight.camera}-{sight.shot}.jpg"
            row = Row(path, sight.who, sight.camera, sight.split, "visible", "", str(sight.who), str(sight.camera))
            pictures.append(Picture(path, sight, row))
            lines.append(f"{path},{sight.who},{sight.camera},{sight.split}")
        return Copy("people-csv", pictures, {"people.csv": ("\n".join(lines) + "\n").encode()}, "people.csv")


def _row(record: dict[str, str], people: dict[str, int], cameras: dict[str, int]) -> Row:
    identity, camera = record["identity"], record.get("camera", "")
    return Row(os.path.normpath(record["path"]), people[identity], cameras[camera], record.get("split", ""),
               record.get("modality") or "visible", record.get("role", ""), identity, camera)


def _records(source: Source, name: str, outside: bool) -> Iterator[dict[str, str]]:
    text = io.StringIO(source.text(name, "the columns path and identity"), newline="")
    reader = csv.DictReader(text, strict=True)
    try:
        fault = _misread(list(reader.fieldnames or ()))
        if fault:
            source.refuse(f"{source.base / name} line 1: {fault[0]}", fault[1])
        for record in reader:
            fault, path = _fault(source.base, record), str(record["path"])
            if not outside and not _inside(source.base, path):
                source.refuse(f"{source.base / name} line {reader.line_num}: path {path[:200]!r} leads out of "
                              f"{source.base}", f"none that does, or {ALLOW}")
            if fault:
                source.complain(f"{source.base / name} line {reader.line_num}: {fault[0]}", fault[1])
            else:
                yield record
    except csv.Error as error:
        source.refuse(f"{source.base / name} line {reader.reader.line_num}: {error}", "comma-separated values")


def _misread(columns: list[str]) -> tuple[str, str] | None:
    """What is wrong with the first line, and what was expected. Other columns are nobody's business, unless one of ours
    is missing whose name theirs resembles, or is there twice."""
    for column in ("path", "identity"):
        if column not in columns:
            return f"no column {column!r}", "at least path and identity"
    missing = [column for column in COLUMNS if column not in columns]
    for column in columns:
        near = nearest(column.strip(), missing, ALIKE)
        if near:
            return f"column {column!r}{near}", f"some of {', '.join(COLUMNS)}, or names unlike them"
        if column in COLUMNS and columns.count(column) > 1:
            return f"column {column!r} twice", "it once"
    return None


def _fault(base: Path, record: dict[str | None, str | None]) -> tuple[str, str] | None:
    """What is wrong with a row, and what was expected."""
    if None in record or None in record.values():
        return "not as many values as the first line", "one for each column"
    if not record["path"] or not record["identity"]:
        return "an empty path or identity", "both"
    for column in ("identity", "camera"):
        value = record.get(column) or ""
        if value != value.strip():
            return f"{column} {value!r}, which is not {value.strip()!r}", "no spaces around it"
    if record.get("role") == "distractor" and record.get("split", "gallery") != "gallery":
        return f"role 'distractor' in split {record['split']!r}", "a distractor in the gallery, for which nobody asks"
    for column, known_values in VALUES.items():
        if record.get(column, known_values[0]) not in known_values:
            return f"{column} {record[column]!r}", " or ".join(map(repr, known_values))
    path = str(record["path"])
    if not os.path.isfile(base / path):
        return f"no file {path[:200]!r} in {base}", "every image on disk"
    return None


def _inside(base: Path, path: str) -> bool:
    """Whether a path, as it is written, stays in a folder; links in the folder are its owner's."""
    return Path(os.path.abspath(base / path)).is_relative_to(os.path.abspath(base))
