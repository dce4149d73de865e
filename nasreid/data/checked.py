"""Read and verify: the frame of a data set whose images all decode."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options
from nasreid.data.datasets import layout_class, read
from nasreid.data.decode import decode
from nasreid.errors import NasreidError


def checked_frame(
    data: str | Path, layout: str, data_args: Options, splits: Collection[str], skip_broken: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """(rows of `splits`, whose images all decode; notes: a line for each thing to tell the user).

    Raises NasreidError for a data set that cannot be read and, unless `skip_broken`, for the first image that does not
    decode. `progress(done, total)` is called after each image.
    """
    said = notes(layout)
    frame = read(layout, data, **{"skip_broken": skip_broken, **data_args})
    asked = frame["split"].isin(splits)
    if "train" in splits and not asked.any():
        raise NasreidError(f"{data}: no picture to train on in the layout {layout}, only {', '.join(there(frame))}; "
                           "expected some")
    frame, dropped = verify(frame[asked].reset_index(drop=True), skip_broken, progress)
    if dropped:
        said.append(f"left out {len(dropped)} broken images: {', '.join(dropped[:5])}")
    return frame, said


def notes(layout: str) -> list[str]:
    """What users of this layout are told whenever its data are used."""
    return [f"note: {note}"] if (note := layout_class(layout).note) else []


def permitted(data_args: Options, allow_outside: bool) -> Options:
    """The options of a layout, among them the permission that --allow-outside gives."""
    return {**data_args, **({"allow_outside": True} if allow_outside else {})}


def there(frame: pd.DataFrame) -> list[str]:
    """The splits of a frame with their pictures: ["query (12)", "gallery (80)"]."""
    return [f"{split} ({count})" for split, count in frame["split"].value_counts(sort=False).items()]


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
