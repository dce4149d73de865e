"""Who of the embedded people is seen where, and how a layout says what it writes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nasreid.data.layouts.source import Row
from nasreid.errors import NasreidError

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
    infrared_correlation: float = 0.0
    version: int = VERSION


@dataclass(frozen=True)
class Sight:
    """One picture to draw: `who` is the number of the person, `name` the identity in a file's name (0000: a distractor,
    -1: junk), `shot` counts from 0. `split` is empty where the layout itself decides who is trained on."""

    split: str
    who: int
    name: str
    camera: int
    shot: int
    infrared: bool

    @property
    def modality(self) -> str:
        """visible or infrared."""
        return "infrared" if self.infrared else "visible"

    @property
    def role(self) -> str:
        """distractor, or nothing."""
        return "distractor" if self.name == "0000" else ""


@dataclass(frozen=True)
class Picture:
    """A file below the data set's folder, what it shows, and the row that its reader should make of it, if any."""

    path: str
    sight: Sight
    row: Row | None


@dataclass(frozen=True)
class Copy:
    """A data set to write in one layout: its folder, its pictures in the order of the people, and its other files.

    given: what the reader is given, below the folder; nothing = the folder itself.
    """

    folder: str
    pictures: list[Picture]
    files: dict[str, bytes] = field(default_factory=dict)
    given: str = ""


def sights(arguments: Arguments) -> Iterator[Sight]:
    """Every picture of a data set, person by person."""
    for who in range(1, arguments.identities + arguments.test_identities + 1):
        for shot in range(arguments.shots):
            split = "train" if who <= arguments.identities else "gallery" if shot else "query"
            yield from _everywhere(arguments, split, who, f"{who:04d}", shot)
    for stranger in range(max(1, arguments.test_identities // 2)):
        yield from _everywhere(arguments, "gallery", STRANGERS + stranger, "0000", 0)
    for stranger in range(max(1, arguments.test_identities // 8)):
        yield from _everywhere(arguments, "gallery", STRANGERS + 500 + stranger, "-1", 0)


def without_infrared(arguments: Arguments) -> Arguments:
    """The same; raises NasreidError where infrared pictures were asked for beside what the layout has anyway."""
    if arguments.infrared:
        raise NasreidError("infrared True: this layout has no infrared pictures, or has them anyway; expected False")
    return arguments


def known(arguments: Arguments) -> list[Sight]:
    """The pictures of the people with a number: no distractors, no junk, none in infrared."""
    return [sight for sight in sights(without_infrared(arguments)) if sight.name not in ("0000", "-1")]


def twice(arguments: Arguments, shots: int) -> Iterator[Sight]:
    """Everybody, seen by cameras 1 and 2; who is trained on is the layout's to say."""
    for who in numbered(without_infrared(arguments)):
        for camera in (1, 2):
            yield from (Sight("", who, str(who), camera, shot, infrared=False) for shot in range(shots))


def lines(rows: list[str]) -> bytes:
    """A list file."""
    return "".join(f"{row}\n" for row in rows).encode()


def numbered(arguments: Arguments, most: int = 9999) -> range:
    """The numbers of everybody; raises NasreidError when the layout cannot write as many as that."""
    count = arguments.identities + arguments.test_identities
    if count > most:
        raise NasreidError(f"{count} identities in this layout: expected at most {most}")
    return range(1, count + 1)


def _everywhere(arguments: Arguments, split: str, who: int, name: str, shot: int) -> Iterator[Sight]:
    for number in range(1, arguments.cameras + 1):
        yield Sight(split, who, name, number, shot, infrared=False)
    for number in range(arguments.cameras + 1, arguments.cameras + 3) if arguments.infrared else ():
        yield Sight(split, who, name, number, shot, infrared=True)
