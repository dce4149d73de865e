"""The layouts that nasreid reads, by name, and the protocol that each is scored under."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.data.market import market1501
from nasreid.data.market_infrared import market1501_infrared
from nasreid.errors import NasreidError

LAYOUTS = {"market1501": market1501, "market1501-infrared": market1501_infrared}
PROTOCOLS = {"market1501": "market", "market1501-infrared": "market"}


def read(layout: str, root: str | Path, **options: Any) -> pd.DataFrame:
    """Frame of the data set under `root`; `options` go to the reader of the layout.

    Columns: path, identity, camera, modality ("visible" or "infrared"), split ("train", "query", "gallery", or "test"
    where the protocol itself draws query and gallery) and role ("" or "distractor": a gallery image of nobody asked
    for). Raises NasreidError for an unknown layout and for an option that its reader does not have.
    """
    if layout not in LAYOUTS:
        raise NasreidError(f"data layout {layout!r}: expected one of {', '.join(LAYOUTS)}")
    reader = LAYOUTS[layout]
    known = list(inspect.signature(reader).parameters)[1:]
    for name in options:
        if name not in known:
            raise NasreidError(f"data layout {layout!r} has no option {name!r}: expected one of {', '.join(known)}")
    return reader(root, **options)
