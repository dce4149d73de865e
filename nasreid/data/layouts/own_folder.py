"""Your own data: a folder for each identity, or identities in the names of the images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.grammar import Grammar
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.own_split import check_share, drawn, numbers
from nasreid.data.layouts.sights import Arguments, Copy, Picture, known
from nasreid.data.layouts.source import NO_CAMERA, Row, Source
from nasreid.errors import NasreidError

SPLITS = ("train", "query", "gallery")
IMAGE = Grammar(r"(?i:.+\.(?:jpe?g|png|bmp|webp|tiff?))", "NAME.jpg (or .png, .bmp, .webp, .tif)", "0001.jpg")


@dataclass(frozen=True)
class Folder(Layout):
    r"""A folder of your own for each identity: IDENTITY/IMAGE, or {train,query,gallery}/IDENTITY/IMAGE.

    camera: a regular expression with one group that finds the camera in an image's name, e.g. c(\d+); None = cameras
    are not known. identity: another that finds the identity, e.g. ^(\d+)_; the images then lie in no folder of theirs:
    IMAGE, or {train,query,gallery}/IMAGE. train_share: the share of the identities that are trained on, where no folder
    is the split; of the others, one image in each camera that has several is query, the rest gallery. seed: any number,
    draws another share.
    """

    name = "folder"
    protocol = "market"

    camera: str | None = None
    identity: str | None = None
    train_share: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_share(self.train_share)
        _pattern("camera", self.camera)
        _pattern("identity", self.identity)

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, in the second form where the folder train is there, or query and gallery are.

        A folder's name is its identity: a number, or any text (then numbered by sorted text, from 1); the frame keeps
        the names in identity_name, those of cameras in camera_name. A camera that is not known is -1.
        """
        source = Source(root, "folder per identity", ["."], ["."], skip_broken)
        who, place = _pattern("identity", self.identity), _pattern("camera", self.camera)
        parts = _parts(source)
        found = [(part, identity, path, _found(source, path, place, "camera")) for part in parts
                 for identity, path in (_images(source, part) if who is None else _flat(source, part, who))]
        if not found:
            raise NasreidError(f"{source.base}: no folder with images; expected one for each identity")
        people = numbers((identity for _, identity, _, _ in found), f"{source.base}: identity")
        cameras = numbers((place for _, _, _, place in found), f"{source.base}: camera")
        rows = [Row(path, people[identity], cameras[place], part, "visible", "", identity, place)
                for part, identity, path, place in found]
        return source.frame(rows if parts != [""] else drawn(rows, self.train_share, self.seed))

    def people(self, arguments: Arguments) -> Copy:
        r"""The second form; cameras are found by c(\d), identities by ^(\d+)_."""
        pictures = []
        for sight in known(arguments):
            between = "/" if self.identity is None else "_"
            path = f"{sight.split}/{sight.who:04d}{between}c{sight.camera}-{sight.shot}.jpg"
            camera = (sight.camera, str(sight.camera)) if self.camera else (NO_CAMERA, "")
            row = Row(path, sight.who, camera[0], sight.split, "visible", "", f"{sight.who:04d}", camera[1])
            pictures.append(Picture(path, sight, row))
        return Copy("people-folders", pictures)


def _parts(source: Source) -> list[str]:
    folders = source.index.below("")
    if "train" not in folders and not {"query", "gallery"} <= set(folders):
        return [""]
    found = [part for part in SPLITS if part in folders]
    for folder in sorted(set(folders) - set(SPLITS)):
        source.complain(f"{source.base / folder}: a folder beside {found[0]}", "train, query and gallery only")
    return found


def _images(source: Source, part: str) -> Iterator[tuple[str, str]]:
    stray = [name for name in source.index.files(part) if IMAGE.match(name)]
    if stray:
        source.complain(f"{source.base / part / stray[0]}: outside the folder of an identity", "IDENTITY/IMAGE, or "
                        "where identities stand in names their pattern, --data-args.identity '^(\\d+)_'")
    for identity in source.index.below(part):
        folder = f"{part}/{identity}".lstrip("/")
        if source.index.below(folder):
            source.complain(f"{source.base / folder}: folders in it", "images only")
        yield from ((identity, path) for path, _ in source.pictures(folder, IMAGE))


def _flat(source: Source, part: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for folder in source.index.below(part):
        source.complain(f"{source.base / part / folder}: a folder beside images", "images only, as their names have "
                        "the identities")
    yield from ((_found(source, path, pattern, "identity"), path) for path, _ in source.pictures(part, IMAGE))


def _pattern(what: str, pattern: str | None) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    try:
        found = re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise NasreidError(f"{what} {pattern!r}: no regular expression ({error}); expected one with a group") from None
    if found.groups != 1:
        raise NasreidError(f"{what} {pattern!r} has {found.groups} groups; expected one, e.g. 'c(\\d+)'")
    return found


def _found(source: Source, path: str, pattern: re.Pattern[str] | None, what: str) -> str:
    """What a pattern finds in the name of an image."""
    if pattern is None:
        return ""
    match = pattern.search(path.rsplit("/", 1)[-1])
    if match is None or not match[1]:
        raise NasreidError(f"{source.base / path}: no {what} in its name; expected {pattern.pattern}")
    return match[1]
