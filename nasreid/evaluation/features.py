"""Features of a folder of pictures as a file that other programs read: npz, parquet, or npy of any length."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasreid.arguments import Options
from nasreid.data.layouts.index import index
from nasreid.errors import NasreidError
from nasreid.files import ordinary, read_json, write, write_text

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm")
SUFFIXES = (".npz", ".parquet", ".npy")


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
    .parquet has the columns path and features (lists); preprocessing is in `DataFrame.attrs` when pandas reads it. .npy
    is what `save_stream` writes.
    """
    check_output(path)
    if Path(path).suffix == ".npy":
        save_stream(path, [features], names, preprocessing)
        return
    if Path(path).suffix == ".npz":
        paths, record = np.array(names, dtype=str), np.array(json.dumps(preprocessing))
        write(path, lambda draft: np.savez(draft, features=features, paths=paths, preprocessing=record))
        return
    import pandas as pd

    table = pd.DataFrame({"path": names, "features": list(features)})
    table.attrs = {"preprocessing": preprocessing}
    write(path, lambda draft: table.to_parquet(draft, engine="pyarrow", index=False))


def save_stream(path: str | Path, parts: Iterable[np.ndarray], names: list[str], preprocessing: Options) -> None:
    """Write an .npy file (N, D) float32 of N named pictures part by part, in the memory of one part.

    Names and preprocessing are in a JSON file beside it, named with .json behind. NasreidError where parts are short.
    """
    def fill(draft: Path) -> None:
        table, at = None, 0
        for part in parts:
            if table is None:
                table = np.lib.format.open_memmap(draft, "w+", np.float32, (len(names), part.shape[1]))
            table[at : at + len(part)] = part
            at += len(part)
        if table is None or at != len(names):
            raise NasreidError(f"{at} features of {len(names)} pictures: expected one for each")
        table.flush()

    write(path, fill)
    write_text(_side(path), json.dumps({"paths": names, "preprocessing": preprocessing}))


@dataclass(frozen=True)
class Features:
    """features (N, D) float32 of N pictures named by `paths`, and what was done to them."""

    features: np.ndarray
    paths: list[str]
    preprocessing: Options


def read_features(path: str | Path) -> Features:
    """What `save` wrote; an .npy stays on the disk, and is read where it is looked at.

    Raises:
        NasreidError: the file is missing or damaged, or something else.
    """
    place = ordinary(path, "features")
    try:
        if place.suffix == ".npy":
            said = read_json(_side(place), "names of the features")
            return _checked(np.load(place, mmap_mode="r"), said["paths"], said["preprocessing"], path)
        if place.suffix == ".npz":
            with np.load(place) as found:
                return _checked(found["features"], found["paths"].tolist(),
                                json.loads(str(found["preprocessing"])), path)
        if place.suffix == ".parquet":
            import pandas as pd

            table = pd.read_parquet(place, engine="pyarrow")
            return _checked(np.stack(table["features"].tolist()), table["path"].tolist(),
                            table.attrs["preprocessing"], path)
    except NasreidError:
        raise
    except Exception as error:  # three readers of three libraries, each with faults of its own
        said = " ".join((f"no such file, or {error}" if not place.exists() else str(error)).split())[:200]
        raise NasreidError(f"features {str(path)!r} cannot be read ({said}); expected a file that nasreid embed "
                           "wrote") from error
    raise NasreidError(f"features {str(path)!r}: expected a name that ends in {', '.join(SUFFIXES)}")


def _checked(features: np.ndarray, paths: list[str], preprocessing: Options, source: str | Path) -> Features:
    if features.ndim != 2 or len(features) != len(paths) or features.dtype != np.float32:
        raise NasreidError(f"features {str(source)!r}: {features.dtype} of the shape {features.shape} for {len(paths)} "
                           "names; expected float32, a row for each")
    if not isinstance(preprocessing, dict) or not all(isinstance(name, str) for name in paths):
        raise NasreidError(f"features {str(source)!r}: names or preprocessing are damaged; expected "
                           "texts and an object")
    return Features(features, paths, preprocessing)


def _side(path: str | Path) -> Path:
    return Path(f"{path}.json")
