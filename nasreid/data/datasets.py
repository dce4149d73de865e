"""The layouts that nasreid reads, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.data.market import market1501
from nasreid.errors import NasreidError

LAYOUTS = {"market1501": market1501}


def read(layout: str, root: str | Path, **options: Any) -> pd.DataFrame:
    """Frame of the data set under `root`; `options` go to the reader of the layout.

    Raises NasreidError for an unknown layout.
    """
    if layout not in LAYOUTS:
        raise NasreidError(f"data layout {layout!r}: expected one of {', '.join(LAYOUTS)}")
    return LAYOUTS[layout](root, **options)
