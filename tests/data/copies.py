"""Copies of every layout with placeholder images, in no time: the readers do not open them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.data.datasets import plan
from nasreid.data.layouts.sights import Arguments, Copy
from nasreid.data.layouts.source import COLUMNS, NAMES
from nasreid.experiments.laws.miniature import blank

SMALL: dict[str, Any] = {"identities": 6, "test_identities": 4, "cameras": 6, "shots": 3, "height": 8, "width": 4,
                         "seed": 0, "infrared": False, "domain": 0}


def arguments(layout: str, **changes: Any) -> Arguments:
    """Six people to train, four to test, six cameras."""
    return Arguments(**{**SMALL, "infrared": layout == "market1501-infrared", **changes})


def copy(root: Path, layout: str, **changes: Any) -> Path:
    """The layout below `root`; returns what to give its reader."""
    made = plan(layout, arguments(layout, **changes))
    return blank(made, root / made.folder) / made.given


def wanted(base: Path, made: Copy) -> pd.DataFrame:
    """The frame that a reader should make of a plan below `base`."""
    rows = [shown.row._replace(path=str(base / shown.row.path)) for shown in made.pictures if shown.row]
    columns = [*COLUMNS, *(name for name in NAMES if any(getattr(row, name) for row in rows))]
    return pd.DataFrame(rows)[columns].sort_values("path").reset_index(drop=True)
