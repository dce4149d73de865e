"""Copies of every layout with placeholder images, in no time: the readers do not open them."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from nasreid.data.datasets import plan
from nasreid.data.layouts.sights import Arguments, Copy
from nasreid.data.layouts.source import COLUMNS, NAMES

SMALL: dict[str, Any] = {"identities": 6, "test_identities": 4, "cameras": 6, "shots": 3, "height": 8, "width": 4,
                         "seed": 0, "infrared": False, "domain": 0}


def arguments(layout: str, **changes: Any) -> Arguments:
    """Six people to train, four to test, six cameras."""
    return Arguments(**{**SMALL, "infrared": layout == "market1501-infrared", **changes})


def copy(root: Path, layout: str, **changes: Any) -> Path:
    """The layout below `root`; returns what to give its reader."""
    made = plan(layout, arguments(layout, **changes))
    base = root / made.folder
    for shown in made.pictures:
        target = base / shown.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_blank(root.parent, target.suffix), target)
    for path, content in made.files.items():
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_bytes(content)
    return place(base, layout)


def place(base: Path, layout: str) -> Path:
    """What the reader of a layout wants: the CSV file, or a folder."""
    return base / "people.csv" if layout == "csv" else base


def wanted(base: Path, made: Copy) -> pd.DataFrame:
    """The frame that a reader should make of a plan below `base`."""
    rows = [shown.row._replace(path=str(base / shown.row.path)) for shown in made.pictures if shown.row]
    columns = [*COLUMNS, *(name for name in NAMES if any(getattr(row, name) for row in rows))]
    return pd.DataFrame(rows)[columns].sort_values("path").reset_index(drop=True)


@cache
def _blank(folder: Path, suffix: str) -> Path:
    path = folder / f"blank{suffix}"
    Image.new("RGB", (4, 8), "grey").save(path)
    return path
