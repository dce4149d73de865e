"""Cutting the images of CUHK03 out of cuhk-03.mat (HDF5), once, as PNG files.

`detected` and `labeled` are rows of camera pairs; a pair is a matrix of people x 10 images, the first five of view 1;
cells may be empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nasreid.data.decode import PIXELS
from nasreid.data.layouts.cuhk03 import BOXES
from nasreid.drafts import Unwritable
from nasreid.errors import NasreidError
from nasreid.files import write, write_picture
from nasreid.names import located

MATLAB = "cuhk-03.mat"
CELLS = 2**20  # of the file's matrices of people x 10 images


def extract(root: str | Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write images_detected and images_labeled beside the protocol's files; returns their folder.

    `root` is the folder cuhk03 or its parent. Images that are there are not cut again. Raises NasreidError when the
    file is missing or no HDF5 file of CUHK03. `progress(done, total)` is called after each image.
    """
    import h5py

    path = _find(located(root))
    base = path.parent.parent if path.parent.name == "cuhk03_release" else path.parent
    try:
        with h5py.File(path, "r") as file:
            cells = [(base / f"images_{boxes}" / name, reference)
                     for boxes in BOXES for name, reference in _cells(file, boxes)]
            for done, (target, reference) in enumerate(cells, start=1):
                if not target.exists():
                    _cut(_read(file[reference], PIXELS * 3), target)
                if progress:
                    progress(done, len(cells))
    except Unwritable:
        raise
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, IndexError) as error:
        raise NasreidError(f"{path}: not the file of CUHK03 ({error}); expected detected and labeled boxes") from None
    return base


def _find(root: Path) -> Path:
    places = [root / folder / name for folder in ("cuhk03", ".") for name in (f"cuhk03_release/{MATLAB}", MATLAB)]
    for path in places:
        if path.is_file():
            return path
    raise NasreidError(f"{root}: no {MATLAB} here nor in cuhk03_release; expected the release of CUHK03")


def _cells(file: Any, boxes: str) -> Iterator[tuple[str, Any]]:
    """(name, reference) of the images of a kind of box; HDF5 turns MATLAB's rows into columns."""
    for pair, reference in enumerate(_read(file[boxes], CELLS).ravel(), start=1):
        people = _read(file[reference], CELLS).T  # (people, 10)
        for (person, place), cell in np.ndenumerate(people):
            if file[cell].ndim == 3:  # an empty cell is a matrix of two sizes
                yield f"{pair}_{person + 1:03d}_{1 if place < 5 else 2}_{place + 1:02d}.png", cell


def _read(numbers: Any, most: int) -> np.ndarray:
    """An array of the file, unless it would unpack to more than `most` numbers."""
    if numbers.size > most:
        raise ValueError(f"{numbers.name} of {numbers.size} numbers, more than {most}")
    return np.asarray(numbers)


def _cut(pixels: np.ndarray, path: Path) -> None:
    if pixels.dtype != np.uint8:
        raise ValueError(f"{path.name} of {pixels.dtype}, not 8 bits")
    image = Image.fromarray(pixels.transpose(2, 1, 0))  # (3, W, H) -> (H, W, 3)
    write(path, lambda draft: write_picture(draft, image))
