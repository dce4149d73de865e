"""Ranked lists as a picture: what the network finds for a query, right and wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasreid.data.decode import decode
from nasreid.errors import NasreidError
from nasreid.files import write
from nasreid.pictures.fonts import figure, save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".svg", ".pdf", ".jpg")
RIGHT, WRONG, QUERY = "#009E73", "#D55E00", "#222222"  # told apart by colour-blind readers; the mark says it again


def check_output(path: str | Path) -> None:
    """Refuse, before the work is done, a file that lists cannot be drawn to."""
    if Path(path).suffix not in SUFFIXES:
        raise NasreidError(f"picture {str(path)!r}: expected a name that ends in {', '.join(SUFFIXES)}")


def draw_lists(table: pd.DataFrame, path: str | Path) -> None:
    """Draw the lists of `nasreid.evaluation.ranked.ranked`, a row of pictures for each query: green frame and tick =
    right, red and cross = wrong. Raises NasreidError where no query meets any image."""
    check_output(path)
    if not len(table):
        raise NasreidError("ranked lists of no image: expected at least one that a query may meet")
    lists = [part for _, part in table.groupby("query", sort=False)]
    top = max(len(part) for part in lists)
    tall = _aspect(str(table["query"].iloc[0]))
    drawing = figure(0.85 * (top + 1.3), len(lists) * (0.85 * tall + 0.42))
    grid = drawing.subplots(
        len(lists), top + 2, squeeze=False, gridspec_kw={"width_ratios": [1, 0.15, *[1] * top], "wspace": 0.02}
    )
    for axes, part in zip(grid, lists, strict=True):
        _row(axes, part)
    write(path, lambda draft: save(drawing, draft))


def _row(axes: np.ndarray, part: pd.DataFrame) -> None:
    for one in axes:
        one.axis("off")
    first = part.iloc[0]
    _crop(axes[0], first["query"], first["query_camera"], QUERY, f"query {first['query_identity']}")
    for one, row in zip(axes[2:], part.to_dict("records"), strict=False):
        colour, mark = (RIGHT, "✓") if row["match"] else (WRONG, "✗")
        _crop(one, row["path"], row["camera"], colour, f"{mark} {row['distance']:.3f}")


def _crop(axes: Axes, path: object, camera: object, colour: str, words: str) -> None:
    image = decode(str(path))
    image.thumbnail((192, 384))
    axes.axis("on")
    axes.imshow(np.asarray(image), interpolation="bilinear")
    axes.set(xticks=[], yticks=[])
    axes.set_xlabel(f"camera {camera}", fontsize=6.5, labelpad=2, color="#555555")
    axes.set_title(words, fontsize=8, color=colour, pad=3)
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=2.5)


def _aspect(path: str) -> float:
    width, height = decode(path).size
    return min(3.0, height / width)
