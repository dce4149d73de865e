"""Procedural people: the embedded data set, drawn here and written as JPEG files in the Market-1501 layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from nasreid.data.layouts.market import Market1501
from nasreid.data.layouts.sights import STRANGERS, Arguments, Copy, Sight
from nasreid.data.people.camera import Camera, camera, pose, shoot
from nasreid.data.people.fabric import fabrics
from nasreid.data.people.person import Person, person
from nasreid.data.people.wear import draw
from nasreid.drafts import Unwritable, beside
from nasreid.errors import NasreidError
from nasreid.files import read_json, write_picture
from nasreid.names import located

MANIFEST = "nasreid.json"
UNSAID = "infrared_correlation"  # by manifests that are older than the choice
CROWD = 0.16  # share of pictures with another person in front


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
    infrared_correlation: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
    plan: Callable[[Arguments], Copy] | None = None,
) -> Path:
    """Write the data set into root/Market-1501-v15.09.15 and return that folder; `plan` writes it in another layout.

    Every identity is seen `shots` times by each of the `cameras` (1 to 6); the first shot of a test identity in a
    camera is a query. The gallery also has distractors (0000) and junk (-1). `infrared` adds the same people, seen by
    two more cameras, under infrared/; how light clothes are there follows their visible luminance as far as
    `infrared_correlation` says (0 to 1; at 0 colours tell nothing across the modalities). `domain` chooses another set
    of cameras and places. height and width in pixels.
    Written beside and renamed when complete; with the same arguments a second call does nothing. Raises NasreidError
    when `root` holds something else. `progress(done, total)` is called after each picture.
    """
    arguments = Arguments(identities, test_identities, cameras, shots, height, width, seed, infrared, domain,
                          infrared_correlation)
    _check(arguments)
    copy = (plan or Market1501().people)(arguments)
    target = located(root) / copy.folder
    if target.exists():
        _same(target, arguments)
        return target
    try:
        with beside(target, folder=True) as draft:
            _write(draft, arguments, copy, progress)
            (draft / MANIFEST).write_text(json.dumps(asdict(arguments), indent=2) + "\n")
    except Unwritable:
        if not target.exists():
            raise
        _same(target, arguments)  # somebody else was faster
    return target


def _write(folder: Path, arguments: Arguments, copy: Copy, progress: Callable[[int, int], None] | None) -> None:
    eyes = {(shown.sight.camera, shown.sight.infrared) for shown in copy.pictures}
    devices = {eye: camera(arguments.seed, arguments.domain, *eye) for eye in eyes}
    for parent in {(folder / path).parent for path in (*copy.files, *(shown.path for shown in copy.pictures))}:
        parent.mkdir(parents=True, exist_ok=True)
    wardrobe = Wardrobe(arguments.seed, arguments.infrared_correlation)
    for done, shown in enumerate(copy.pictures, start=1):
        device = devices[shown.sight.camera, shown.sight.infrared]
        write_picture(folder / shown.path, picture(arguments, shown.sight, device, wardrobe), quality=device.quality)
        if progress:
            progress(done, len(copy.pictures))
    for path, content in copy.files.items():
        (folder / path).write_bytes(content)


class Wardrobe:
    """People and their fabrics, kept from one picture to the next of the same person: weaving is the slow part."""

    def __init__(self, seed: int, correlation: float = 0.0):
        self.seed, self.correlation = seed, correlation
        self._last: tuple[tuple[int, bool], Person, dict[str, Image.Image]] | None = None

    def of(self, who: int, infrared: bool) -> tuple[Person, dict[str, Image.Image]]:
        """The person behind a number, and the fabrics."""
        if self._last is None or self._last[0] != (who, infrared):
            someone = person(self.seed, who, self.correlation)
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
        passer = Wardrobe(arguments.seed, arguments.infrared_correlation)
        other = _figure(passer, STRANGERS + int(rng.integers(900)), device, sight.infrared, rng)
    if sight.name == "-1":  # junk: a box that missed the person
        figure = figure.transform(figure.size, Image.Transform.AFFINE, (1, 0, 60, 0, 1, 70))
    return shoot(device, figure, other, size, rng)


def _figure(wardrobe: Wardrobe, who: int, device: Camera, infrared: bool, rng: np.random.Generator) -> Image.Image:
    someone, cloths = wardrobe.of(who, infrared)
    return draw(someone, pose(device, rng), cloths, infrared)


def _check(arguments: Arguments) -> None:
    limits = {"identities": (1, 4000), "test_identities": (1, 900), "cameras": (2, 6), "shots": (2, 9),
              "height": (16, 1024), "width": (8, 1024), "seed": (0, 2**31), "domain": (0, 99),
              "infrared_correlation": (0, 1)}  # fmt: skip
    for name, (least, most) in limits.items():
        if not least <= getattr(arguments, name) <= most:
            raise NasreidError(f"{name} {getattr(arguments, name)}: expected {least} to {most}")


def _same(target: Path, arguments: Arguments) -> None:
    """Raises NasreidError unless `target` was drawn from these very arguments."""
    try:
        found = {UNSAID: 0.0, **read_json(target / MANIFEST, "manifest")}
    except NasreidError:
        raise NasreidError(f"{target}: not drawn by nasreid; expected an empty place or the same arguments") from None
    wanted = asdict(arguments)
    if found != wanted:
        name = next(name for name in {**found, **wanted} if found.get(name) != wanted.get(name))
        raise NasreidError(
            f"{target}: drawn with {name} {found.get(name)}; expected {wanted.get(name)}, or another folder"
        )
