"""What the readers of all data sets share: a folder with its files, the pictures and lists in it, and the frame.

The columns of a frame are documented in `nasreid.data.frame`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar

import pandas as pd

from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.index import Index, index
from nasreid.errors import NasreidError
from nasreid.files import read_bytes

COLUMNS = ["path", "identity", "camera", "modality", "split", "role"]
NAMES = ["identity_name", "camera_name"]  # columns only where the data have names of their own
NO_CAMERA = -1
LIST = 2**28  # bytes of a list file: 256 MiB


class Row(NamedTuple):
    """One image; `path` is relative to the data set's folder."""

    path: str
    identity: int
    camera: int
    split: str
    modality: str = "visible"
    role: str = ""
    identity_name: str = ""
    camera_name: str = ""


Part = TypeVar("Part", bound=tuple[str, ...])


class Source:
    """The folder of one data set: `root` itself or one of `folders` in it, whichever holds one of the `marks`.

    `title` names the layout in messages. With `skip_broken`, names and lines outside the grammar are left out instead
    of refused. Raises NasreidError when no mark is found.
    """

    def __init__(self, root: str | Path, title: str, folders: Iterable[str], marks: Iterable[str],
                 skip_broken: bool = False):
        self.title, self.skip_broken = title, skip_broken
        self.base = _base(Path(root), title, tuple(folders), tuple(marks))

    @cached_property
    def index(self) -> Index:
        """The files of the data set, listed at the first use."""
        return index(self.base)

    def pictures(self, folder: str, grammar: Grammar, empty: bool = False) -> Iterator[tuple[str, re.Match[str]]]:
        """(path relative to the base, groups of the name) of every file directly in `folder`, by name.

        Raises NasreidError for a name outside the grammar or its ranges, and when nothing is in it unless it may be
        `empty`.
        """
        if folder not in self.index.folders:
            raise NasreidError(f"{self.base / folder}: no such folder; expected images named {grammar.shape}")
        found = False
        for name in filter(grammar.match, self.index.below(folder)):
            self.complain(f"{self.base / folder / name}: a folder", "a picture of that name")
        for name in self.index.files(folder):
            path = f"{folder}/{name}" if folder else name
            match = self.matched(name, grammar, str(self.base / path), f"a name like {grammar}")
            if match:
                found = True
                yield path, match
        if not found and not empty:
            raise NasreidError(f"{self.base / folder}: no picture named {grammar.shape} in it; expected at least one")

    def lines(self, file: str, grammar: Grammar) -> Iterator[tuple[str, re.Match[str]]]:
        """("FILE line N", groups) of every line of a list file that is not empty.

        Raises NasreidError when there is no such file or no line, or when a line is outside the grammar or its ranges.
        """
        found, path = False, str(self.base / file)
        for number, line in enumerate(self.text(file, grammar.shape).split("\n"), start=1):
            where, text = f"{path} line {number}", line.strip()
            match = self.matched(text, grammar, where, str(grammar), f": {text[:80]!r}") if text else None
            if match:
                found = True
                yield where, match
        if not found:
            raise NasreidError(f"{path}: no line like {grammar}; expected at least one")

    def matched(self, text: str, grammar: Grammar, where: str, expected: str, shown: str = "") -> re.Match[str] | None:
        """The groups of a name or line, None where --skip-broken leaves it out.

        Raises NasreidError when it is outside the grammar, or a number in it out of its range.
        """
        match = grammar.match(text)
        fault = grammar.outside(match) if match else None
        if fault:
            self.complain(f"{where}: {fault[0]}", fault[1])
        elif not match:
            self.complain(f"{where}{shown}", expected)
        return None if fault else match

    def text(self, file: str, shape: str) -> str:
        """What a text file of the data set holds; raises NasreidError with the line that is no UTF-8."""
        content = read_bytes(self.base / file, f"a file with {shape}", LIST)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise NasreidError(f"{self.base / file} line {line}: no UTF-8 text; expected {shape}") from None

    def parts(self, parts: Iterable[Part]) -> list[Part]:
        """The parts (split, folder or list file, …) of the data set that are to be read: all of them, or those to test
        where nothing of split train is on disk."""
        parts = list(parts)
        trained = any((self.base / part[1]).exists() for part in parts if part[0] == "train")
        return [part for part in parts if trained or part[0] != "train"]

    def listed(self, found: Iterable[tuple[str, Row]]) -> Iterator[Row]:
        """The rows of lists, each with where it stands, whose images are on disk: all of them, or those to test where
        no image to train on is there.

        Others are left out with `skip_broken`, and are a NasreidError otherwise.
        """
        found = list(found)
        trained = any(row.path in self.index for _, row in found if row.split == "train")
        for where, row in found:
            if row.path in self.index:
                yield row
            elif trained or row.split != "train":
                self.complain(f"{where}: no file {self.base / row.path}", "every image of the list on disk")

    def complain(self, what: str, expected: str) -> None:
        """Refuse what can be left out with --skip-broken."""
        if not self.skip_broken:
            raise NasreidError(f"{what}: expected {expected}")

    def refuse(self, what: str, expected: str) -> NoReturn:
        """Refuse what cannot be left out."""
        raise NasreidError(f"{what}: expected {expected}")

    def frame(self, rows: Iterable[Row]) -> pd.DataFrame:
        """The rows, sorted by path, which becomes root/path.

        Raises NasreidError when an image is there twice, or an identity is both trained on and tested.
        """
        frame = pd.DataFrame(list(rows), columns=list(Row._fields))
        frame = frame[[*COLUMNS, *(name for name in NAMES if frame[name].ne("").any())]].copy()
        frame["path"] = [os.path.join(self.base, path) for path in frame["path"]]
        frame = frame.sort_values("path", kind="stable").reset_index(drop=True)
        twice = frame["path"].duplicated()
        if twice.any():
            self.refuse(f"{frame.loc[twice, 'path'].iloc[0]}: listed twice", "every image in one split, once")
        _apart(frame)
        return frame


def _base(root: Path, title: str, folders: tuple[str, ...], marks: tuple[str, ...]) -> Path:
    names = " or ".join(folder for folder in folders if folder != ".")
    if not root.is_dir():
        held = f"{names} or the folder that holds it" if names else "the folder of the images"
        raise NasreidError(f"{root}: no such folder; expected {held}")
    for base in (*(root / folder for folder in folders), root):
        if any((base / mark).exists() for mark in marks):
            return base
    raise NasreidError(f"{root}: no folder {' or '.join(marks)} here nor in {names}; expected the {title} layout")


def _apart(frame: pd.DataFrame) -> None:
    """Nobody who is tested may be trained on."""
    train = frame["split"] == "train"
    both = set(frame.loc[train, "identity"]) & set(frame.loc[~train, "identity"])
    if both:
        same = frame[frame["identity"] == min(both)]
        known, tested = (same.loc[same["split"].eq("train") == is_train].iloc[0] for is_train in (True, False))
        raise NasreidError(f"identity {min(both)} is in train ({known['path']}) and in {tested['split']} "
                           f"({tested['path']}): expected different identities")
