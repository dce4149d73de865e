"""Procedural people: the embedded data set, drawn here and written as JPEG files in the Market-1501 layout."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from nasreid.data.camera import Camera, camera, pose, shoot
from nasreid.data.fabric import fabrics
from nasreid.data.market import FOLDER, SPLITS
from nasreid.data.person import Person, person
from nasreid.data.wear import draw
from nasreid.errors import NasreidError

MANIFEST = "nasreid.json"
VERSION = 1  # goes up whenever the same arguments draw other pictures
CROWD = 0.16  # share of pictures with another person in front
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


def synthesize(
    root: str | Path,
    identities: int = 64,
    test_identities: int = 40,
    cameras: int = 6,
    shots: int = 3,
    height: int = 128,
    width: int = 64,
    seed: int = 0,
    infrared: bool = False,
    domain: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the data set into root/Market-1501-v15.09.15 and return that folder.

    Every identity is seen `shots` times by each of the `cameras` (1 to 6); the first shot of a test identity in a
    camera is a query. The gallery also has distractors (0000) and junk (-1). `infrared` adds the same people, seen by
    two more cameras, under infrared/; `domain` chooses another set of cameras and places. height and width in pixels.
    Written beside and renamed when complete; with the same arguments a second call does nothing. Raises NasreidError
    when `root` holds something else. `progress(done, total)` is called after each picture.
    """
    arguments = Arguments(identities, test_identities, cameras, shots, height, width, seed, infrared, domain)
    _check(arguments)
    target = Path(root) / FOLDER
    if target.exists():
        _same(target, arguments)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".people-", dir=target.parent))
    try:
        _write(beside, arguments, progress)
        (beside / MANIFEST).write_text(json.dumps(asdict(arguments), indent=2) + "\n")
        beside.chmod(0o755)
        os.replace(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


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
    def path(self) -> str:
        """File below the data set's folder."""
        folder = f"infrared/{self.folder}" if self.infrared else self.folder
        box = 0 if self.folder == SPLITS["query"] else 1
        return f"{folder}/{self.name}_c{self.camera}s1_{self.who * 10 + self.shot:06d}_{box:02d}.jpg"


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


def _everywhere(arguments: Arguments, folder: str, who: int, name: str, shot: int) -> Iterator[Sight]:
    for number in range(1, arguments.cameras + 1):
        yield Sight(folder, who, name, number, shot, infrared=False)
    for number in range(arguments.cameras + 1, arguments.cameras + 3) if arguments.infrared else ():
        yield Sight(folder, who, name, number, shot, infrared=True)


def _write(folder: Path, arguments: Arguments, progress: Callable[[int, int], None] | None) -> None:
    everything = list(sights(arguments))
    eyes = {(sight.camera, sight.infrared) for sight in everything}
    devices = {eye: camera(arguments.seed, arguments.domain, *eye) for eye in eyes}
    for parent in {(folder / sight.path).parent for sight in everything}:
        parent.mkdir(parents=True)
    wardrobe = Wardrobe(arguments.seed)
    for done, sight in enumerate(everything, start=1):
        device = devices[sight.camera, sight.infrared]
        picture(arguments, sight, device, wardrobe).save(folder / sight.path, quality=device.quality)
        if progress:
            progress(done, len(everything))


class Wardrobe:
    """People and their fabrics, kept from one picture to the next of the same person: weaving is the slow part."""

    def __init__(self, seed: int):
        self.seed = seed
        self._last: tuple[tuple[int, bool], Person, dict[str, Image.Image]] | None = None

    def of(self, who: int, infrared: bool) -> tuple[Person, dict[str, Image.Image]]:
        """The person behind a number, and the fabrics."""
        if self._last is None or self._last[0] != (who, infrared):
            someone = person(self.seed, who)
            self._last = (who, infrared), someone, fabrics(someone, infrared)
        return self._last[1:]


def picture(arguments: Arguments, sight: Sight, device: Camera, wardrobe: Wardrobe) -> Image.Image:
    """The crop (RGB) of one sight; a function of its arguments."""
    key = [arguments.seed, 6, arguments.domain, sight.who, sight.camera, sight.shot, int(sight.infrared)]
    rng = np.random.default_rng(key)
    size = (arguments.width, arguments.height)
    figure = _figure(wardrobe, sight.who, device, sight.infrared, rng)
    other = None
    if rng.random() < CROWD:
        other = _figure(Wardrobe(arguments.seed), STRANGERS + int(rng.integers(900)), device, sight.infrared, rng)
    if sight.name == "-1":  # junk: a box that missed the person
        figure = figure.transform(figure.size, Image.Transform.AFFINE, (1, 0, 60, 0, 1, 70))
    return shoot(device, figure, other, size, rng)


def _figure(wardrobe: Wardrobe, who: int, device: Camera, infrared: bool, rng: np.random.Generator) -> Image.Image:
    someone, cloths = wardrobe.of(who, infrared)
    return draw(someone, pose(device, rng), cloths, infrared)


def _check(arguments: Arguments) -> None:
    limits = {"identities": (1, 4000), "test_identities": (1, 900), "cameras": (2, 6), "shots": (2, 9),
              "height": (16, 1024), "width": (8, 1024), "seed": (0, 2**31), "domain": (0, 99)}  # fmt: skip
    for name, (least, most) in limits.items():
        if not least <= getattr(arguments, name) <= most:
            raise NasreidError(f"{name} {getattr(arguments, name)}: expected {least} to {most}")


def _same(target: Path, arguments: Arguments) -> None:
    """Raises NasreidError unless `target` was drawn from these very arguments."""
    try:
        found = json.loads((target / MANIFEST).read_text())
    except (OSError, ValueError):
        raise NasreidError(f"{target}: not drawn by nasreid; expected an empty place or the same arguments") from None
    wanted = asdict(arguments)
    if found != wanted:
        name = next(name for name in {**found, **wanted} if found.get(name) != wanted.get(name))
        raise NasreidError(
            f"{target}: drawn with {name} {found.get(name)}; expected {wanted.get(name)}, or another folder"
        )
