"""A frame whose images all decode."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.data.decode import decode
from nasreid.errors import NasreidError


def verify(
    frame: pd.DataFrame, skip_broken: bool = False, progress: Callable[[int, int], None] | None = None, threads: int = 4
) -> tuple[pd.DataFrame, list[str]]:
    """Decode every file of the frame; return (frame, names dropped).

    Raises NasreidError naming the first file that does not decode; with `skip_broken` its row is dropped instead.
    `progress(done, total)` is called after each file.
    """
    paths = list(frame["path"])
    dropped: list[str] = []
    for path, fault in _faults(paths, progress, threads):
        if not skip_broken:
            raise NasreidError(f"{fault} (--skip-broken leaves it out)")
        dropped.append(path)
    kept = frame[~frame["path"].isin(dropped)].reset_index(drop=True)
    if len(frame) and not len(kept):
        raise NasreidError(f"{Path(paths[0]).parent}: none of the {len(paths)} pictures decodes")
    return kept, dropped


def broken(paths: list[str], progress: Callable[[int, int], None] | None = None, threads: int = 4) -> list[str]:
    """The files that do not decode; `progress(done, total)` is called after each."""
    return [path for path, _ in _faults(paths, progress, threads)]


def _faults(paths: list[str], progress: Callable[[int, int], None] | None, threads: int) -> Iterator[tuple[str, str]]:
    """(path, what is wrong) of the files that do not decode, in order."""
    pool = ThreadPoolExecutor(threads)
    try:
        for done, (path, fault) in enumerate(zip(paths, pool.map(_fault, paths), strict=True), start=1):
            if fault:
                yield path, fault
            if progress:
                progress(done, len(paths))
    finally:
        pool.shutdown(cancel_futures=True)


def _fault(path: str) -> str:
    try:
        decode(path)
    except NasreidError as error:
        return str(error)
    return ""


def checked_frame(data: str, layout: str, data_args: dict[str, Any], splits: tuple[str, ...], skip_broken: bool,
                  quiet: bool) -> pd.DataFrame:
    """The frame of a data set, whose images of `splits` all decode."""
    from nasreid.data.datasets import NOTES, read
    from nasreid.progress import Counter

    if layout in NOTES:
        print(f"note: {NOTES[layout]}", file=sys.stderr)
    frame = read(layout, data, skip_broken=skip_broken, **data_args)
    frame = frame[frame["split"].isin(splits)].reset_index(drop=True)
    with Counter("check images", quiet) as counter:
        frame, dropped = verify(frame, skip_broken, counter)
    if dropped:
        print(f"left out {len(dropped)} broken images: {', '.join(dropped[:5])}", file=sys.stderr)
    return frame
