"""Pictures that are drawn from a table: what they need, and how they come into their file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nasreid.errors import NasreidError
from nasreid.files import write
from nasreid.pictures.fonts import save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg", ".pdf")


def check(frame: pd.DataFrame, columns: Sequence[str], path: str | Path) -> None:
    """Refuse a table without rows or without one of these columns, and a path that names no picture."""
    missing = [name for name in columns if name not in frame.columns]
    if missing or not len(frame):
        raise NasreidError(f"nothing to draw in {str(path)!r}: expected rows with the columns {', '.join(columns)}")
    if Path(path).suffix.lower() not in SUFFIXES:
        raise NasreidError(f"picture {str(path)!r}: expected a name that ends in {', '.join(SUFFIXES)}")


def put(drawing: Figure, path: str | Path) -> None:
    """Write it in one piece, the same bytes every time."""
    write(path, lambda draft: save(drawing, draft, metadata={"Date": None} if draft.suffix == ".svg" else None))
