"""Market-1501: the folder layout that most person data sets, and our own synthetic people, are written in.

    Market-1501-v15.09.15/{bounding_box_train,query,bounding_box_test}/PPPP_cCsS_FFFFFF_BB.jpg

PPPP is the identity (0000 = distractor, kept in the gallery; -1 = junk, dropped), C the camera. Infrared pictures are
our extension: the same three folders under `infrared/`, with the same names and camera digits up to 9.
Source of the layout: Zheng et al., Scalable Person Re-identification: A Benchmark, ICCV 2015, and the set's readme.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from nasreid.data.decode import decode
from nasreid.errors import NasreidError

FOLDER = "Market-1501-v15.09.15"
SPLITS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
MODALITIES = {"visible": ("visible",), "infrared": ("infrared",), "both": ("visible", "infrared")}
COLUMNS = ["path", "identity", "camera", "modality", "split", "role"]
GRAMMAR = "PPPP_cCsS_FFFFFF_BB.jpg"
NAMES = {
    "visible": re.compile(r"(-1|\d{4})_c([1-6])s(\d)_(\d{6})_(\d{2})\.jpg"),
    "infrared": re.compile(r"(-1|\d{4})_c([1-9])s(\d)_(\d{6})_(\d{2})\.jpg"),
}
IGNORED = {"Thumbs.db"}


def market1501(root: str | Path, modalities: str = "visible", skip_broken: bool = False) -> pd.DataFrame:
    """Read the layout under `root`, the folder Market-1501-v15.09.15 itself or its parent.

    Returns a frame of N rows sorted by path: path (str), identity (int), camera (int), modality ("visible" or
    "infrared"), split ("train", "query" or "gallery") and role ("distractor" for 0000, else ""). `modalities` is
    "visible", "infrared" or "both".
    Contents are not opened, see `verify`. Raises NasreidError for a missing or empty folder and for a name outside the
    grammar; with `skip_broken` such names are left out.
    """
    if modalities not in MODALITIES:
        raise NasreidError(f"modalities {modalities!r}: expected one of {', '.join(MODALITIES)}")
    base = _base(Path(root))
    rows = [
        row
        for modality in MODALITIES[modalities]
        for split, folder in SPLITS.items()
        for row in _rows(base / "infrared" / folder if modality == "infrared" else base / folder,
                         modality, split, skip_broken)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("path", kind="stable").reset_index(drop=True)


def verify(
    frame: pd.DataFrame, skip_broken: bool = False, progress: Callable[[int, int], None] | None = None, threads: int = 4
) -> tuple[pd.DataFrame, list[str]]:
    """Decode every file of the frame; return (frame, names dropped).

    Raises NasreidError naming the first file that does not decode; with `skip_broken` its row is dropped instead.
    `progress(done, total)` is called after each file.
    """
    paths = list(frame["path"])
    broken: list[str] = []
    with ThreadPoolExecutor(threads) as pool:
        for done, (path, fault) in enumerate(zip(paths, pool.map(_fault, paths), strict=True), start=1):
            if fault and not skip_broken:
                pool.shutdown(cancel_futures=True)
                raise NasreidError(f"{fault} (--skip-broken leaves it out)")
            if fault:
                broken.append(path)
            if progress:
                progress(done, len(paths))
    kept = frame[~frame["path"].isin(broken)].reset_index(drop=True)
    if len(frame) and not len(kept):
        raise NasreidError(f"{Path(paths[0]).parent}: none of the {len(paths)} pictures decodes")
    return kept, broken


def _base(root: Path) -> Path:
    if not root.is_dir():
        raise NasreidError(f"{root}: no such folder; expected {FOLDER} or the folder that holds it")
    for base in (root / FOLDER, root):
        if (base / SPLITS["train"]).is_dir():
            return base
    raise NasreidError(f"{root}: no folder {SPLITS['train']} here nor in {FOLDER}; expected the Market-1501 layout")


def _rows(folder: Path, modality: str, split: str, skip_broken: bool) -> list[tuple[str, int, int, str, str, str]]:
    if not folder.is_dir():
        raise NasreidError(f"{folder}: no such folder; expected {modality} pictures named {GRAMMAR}")
    names = sorted(path.name for path in folder.iterdir() if path.name not in IGNORED and path.name[0] != ".")
    rows = []
    for name in names:
        match = NAMES[modality].fullmatch(name)
        if match is None and not skip_broken:
            raise NasreidError(f"{folder / name}: expected a name like {GRAMMAR}, e.g. 0002_c1s1_000451_03.jpg")
        if match and match[1] != "-1":
            role = "distractor" if match[1] == "0000" else ""
            rows.append((str(folder / name), int(match[1]), int(match[2]), modality, split, role))
    if not rows:
        raise NasreidError(f"{folder}: no picture named {GRAMMAR} in it; expected at least one")
    return rows


def _fault(path: str) -> str:
    try:
        decode(path)
    except NasreidError as error:
        return str(error)
    return ""
