"""Numbers for names, and a split by identity, for data that come without."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from nasreid.data.layouts.halves import first
from nasreid.data.layouts.source import NO_CAMERA, Row
from nasreid.errors import NasreidError


def numbers(names: Iterable[str], what: str) -> dict[str, int]:
    """{name: number}: the numbers that the names are, or 1, 2, … by sorted name; the empty name is -1.

    Raises NasreidError, naming `what`, when two names are one number or one is negative.
    """
    known = sorted(set(names) - {""})
    negative = next((name for name in known if re.fullmatch(r"-\d+", name, re.ASCII)), None)
    if negative is not None:
        raise NasreidError(f"{what} {negative!r}: expected numbers from 0, or names")
    if not all(re.fullmatch(r"\d{1,18}", name, re.ASCII) for name in known):
        return {name: number for number, name in enumerate(known, start=1)} | {"": NO_CAMERA}
    found: dict[int, str] = {}
    for name in known:
        if found.setdefault(int(name), name) != name:
            raise NasreidError(f"{what} {found[int(name)]!r} and {name!r}: expected each number written one way")
    return {name: number for number, name in found.items()} | {"": NO_CAMERA}


def check_share(train_share: float) -> None:
    """Raises NasreidError when the share is not 0 to 1."""
    if not 0 <= train_share <= 1:
        raise NasreidError(f"train_share {train_share}: expected 0 to 1")


def drawn(rows: list[Row], train_share: float, seed: int) -> Iterator[Row]:
    """The rows with a split: `train_share` of the identities train; of every other identity, the first image (by
    path) in each camera that has several is query, or the very first when none has, and the rest gallery.

    Raises NasreidError when the share is not 0 to 1.
    """
    check_share(train_share)
    people = {row.identity for row in rows}
    count = round(train_share * len(people))
    train = people if count == len(people) else first(people, count, "own", 1, seed) if count else set()
    shots: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(rows):
        shots[row.identity][row.camera].append(row.path)
    queries = {path for cameras in shots.values() for path in _queries(cameras)}
    for row in rows:
        split = "train" if row.identity in train else "query" if row.path in queries else "gallery"
        yield row._replace(split=split)


def _queries(cameras: dict[int, list[str]]) -> list[str]:
    several = [paths[0] for paths in cameras.values() if len(paths) > 1]
    return several or [next(iter(cameras.values()))[0]]
