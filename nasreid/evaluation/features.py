"""Features of a folder of pictures as a file that other programs read: npz, or parquet."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np

from nasreid.arguments import Options
from nasreid.data.layouts.index import index
from nasreid.errors import NasreidError
from nasreid.files import write

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm")
SUFFIXES = (".npz", ".parquet")


def pictures(folder: str | Path) -> list[str]:
    """Every picture below `folder`, by its suffix, in the order of their names; hidden ones are left out.

    Links are followed as the readers of data sets do; whether a file is a picture is seen when it is read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise NasreidError(f"{folder}: no such folder; expected one with pictures")
    listed = index(root, keep=False).folders
    found = sorted(root / below / name for below, one in listed.items() for name in one.files
                   if Path(name).suffix.lower() in PICTURES)
    if not found:
        raise NasreidError(f"{folder}: no picture in it; expected files that end in {', '.join(PICTURES)}")
    return [str(path) for path in found]


def check_output(path: str | Path) -> None:
    """Refuse, before the work is done, a file that `save` could not write."""
    if Path(path).suffix not in SUFFIXES:
        raise NasreidError(f"output {str(path)!r}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if Path(path).suffix == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise NasreidError(f"output {str(path)!r} needs the package pyarrow, which is not installed; expected it, or a "
                           "name that ends in .npz")


def save(path: str | Path, features: np.ndarray, names: list[str], preprocessing: Options) -> None:
    """Write features (N, D) of N named pictures, and what was done to them.

    .npz has the arrays features (N, D) float32, paths (N,) and preprocessing, a JSON text; nothing in it is pickled.
    .parquet has the columns path and features (lists); preprocessing is in `DataFrame.attrs` when pandas reads it.
    """
    check_output(path)
    if Path(path).suffix == ".npz":
        paths, record = np.array(names, dtype=str), np.array(json.dumps(preprocessing))
        write(path, lambda draft: np.savez(draft, features=features, paths=paths, preprocessing=record))
        return
    import pandas as pd

    table = pd.DataFrame({"path": names, "features": list(features)})
    table.attrs = {"preprocessing": preprocessing}
    write(path, lambda draft: table.to_parquet(draft, engine="pyarrow", index=False))
