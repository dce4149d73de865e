"""Which pictures a data set of embedded people has, and where they lie in the Market-1501 layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nasreid.data.layouts.market import FOLDER, SPLITS
from nasreid.data.layouts.source import Row

VERSION = 1  # goes up whenever the same arguments draw other pictures
STRANGERS = 8000  # passers-by and distractors are persons from this number on


@dataclass(frozen=True)
class Arguments:
    """What a data set was drawn from; written beside it."""

    identities: int
    test_identities: int
    cameras: int
    shots: int
    height: int
    width: int
    seed: int
    infrared: bool
    domain: int
    version: int = VERSION


@dataclass(frozen=True)
class Sight:
    """One picture to draw: `who` is the number of the person, `name` the identity in the file's name."""

    folder: str
    who: int
    name: str
    camera: int
    shot: int
    infrared: bool

    @property
    def split(self) -> str:
        """train, query or gallery."""
        return next(split for split, folder in SPLITS.items() if folder == self.folder)

    @property
    def path(self) -> str:
        """File in the Market-1501 layout, below the data set's folder."""
        folder = f"infrared/{self.folder}" if self.infrared else self.folder
        box = 0 if self.folder == SPLITS["query"] else 1
        return f"{folder}/{self.name}_c{self.camera}s1_{self.who * 10 + self.shot:06d}_{box:02d}.jpg"


@dataclass(frozen=True)
class Picture:
    """A file below the data set's folder, what it shows, and the row that its reader should make of it, if any."""

    path: str
    sight: Sight
    row: Row | None


@dataclass(frozen=True)
class Copy:
    """A data set to write in one layout: its folder, its pictures in the order of the people, and its other files."""

    folder: str
    pictures: list[Picture]
    files: dict[str, bytes] = field(default_factory=dict)


def market(arguments: Arguments) -> Copy:
    """The people in the Market-1501 layout."""
    return Copy(FOLDER, [Picture(sight.path, sight, _row(sight)) for sight in sights(arguments)])


def _row(sight: Sight) -> Row | None:
    """What is read by default: neither junk nor infrared."""
    if sight.name == "-1" or sight.infrared:
        return None
    role = "distractor" if sight.name == "0000" else ""
    return Row(sight.path, int(sight.name), sight.camera, sight.split, role=role)


def sights(arguments: Arguments) -> Iterator[Sight]:
    """Every picture of a data set, person by person."""
    for who in range(1, arguments.identities + arguments.test_identities + 1):
        for shot in range(arguments.shots):
            split = "train" if who <= arguments.identities else "gallery" if shot else "query"
            yield from _everywhere(arguments, SPLITS[split], who, f"{who:04d}", shot)
    for stranger in range(max(1, arguments.test_identities // 2)):
        yield from _everywhere(arguments, SPLITS["gallery"], STRANGERS + stranger, "0000", 0)
    for stranger in range(max(1, arguments.test_identities // 8)):
        yield from _everywhere(arguments, SPLITS["gallery"], STRANGERS + 500 + stranger, "-1", 0)


def known(arguments: Arguments) -> list[Sight]:
    """The visible pictures of the people with a number: no distractors, no junk."""
    return [sight for sight in sights(arguments) if not sight.infrared and sight.name not in ("0000", "-1")]


def _everywhere(arguments: Arguments, folder: str, who: int, name: str, shot: int) -> Iterator[Sight]:
    for number in range(1, arguments.cameras + 1):
        yield Sight(folder, who, name, number, shot, infrared=False)
    for number in range(arguments.cameras + 1, arguments.cameras + 3) if arguments.infrared else ():
        yield Sight(folder, who, name, number, shot, infrared=True)
