"""Ranked lists as a picture: what the network finds for a query, right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nasreid.data.decode import decode
from nasreid.errors import NasreidError
from nasreid.evaluation.ranked import COLUMNS, one_list
from nasreid.files import write
from nasreid.pictures.fonts import figure

if TYPE_CHECKING:
    import pandas as pd

RIGHT, WRONG, QUERY = "#009E73", "#D55E00", "#222222"  # told apart by colour-blind readers; the mark says it again


def ranked_list(
    frame: pd.DataFrame,
    distances: np.ndarray,
    queries: Sequence[int],
    path: str | Path,
    top: int = 10,
    same_camera_rule: bool = True,
) -> None:
    """Draw the nearest `top` gallery images of some queries: green frame and tick = right, red and cross = wrong.

    frame has the rows of the splits query (Q) and gallery (G); queries: places (n,) among the Q; distances (n, G):
    their rows. Gallery images of the query's identity and camera are left out, as in `nasreid.evaluation.evaluate`.
    """
    import pandas as pd

    query, gallery = frame[frame["split"] == "query"], frame[frame["split"] == "gallery"]
    if np.shape(distances) != (len(queries), len(gallery)):
        expected = (len(queries), len(gallery))
        raise NasreidError(f"distances have shape {np.shape(distances)}: expected {expected}, one row per query")
    if not len(queries) or min(queries) < 0 or max(queries) >= len(query):
        raise NasreidError(f"queries {list(queries)}: expected places from 0 to {len(query) - 1}")
    rows = [row for place, far in zip(queries, distances, strict=True)
            for row in one_list(query.iloc[place], gallery, far, top, same_camera_rule)]
    draw_lists(pd.DataFrame(rows, columns=pd.Index(COLUMNS)), path)


def draw_lists(table: pd.DataFrame, path: str | Path) -> None:
    """Draw the lists of `nasreid.evaluation.ranked.ranked`, a row of pictures for each query."""
    lists = [part for _, part in table.groupby("query", sort=False)]
    top = max(len(part) for part in lists)
    tall = _aspect(str(table["query"].iloc[0]))
    drawing = figure(0.85 * (top + 1.3), len(lists) * (0.85 * tall + 0.42))
    grid = drawing.subplots(
        len(lists), top + 2, squeeze=False, gridspec_kw={"width_ratios": [1, 0.15, *[1] * top], "wspace": 0.02}
    )
    for axes, part in zip(grid, lists, strict=True):
        _row(axes, part)
    write(path, drawing.savefig)


def _row(axes: Any, part: pd.DataFrame) -> None:
    for one in axes:
        one.axis("off")
    first: Any = part.iloc[0]
    _crop(axes[0], first["query"], first["query_camera"], QUERY, f"query {first['query_identity']}")
    for one, row in zip(axes[2:], part.to_dict("records"), strict=False):
        colour, mark = (RIGHT, "✓") if row["match"] else (WRONG, "✗")
        _crop(one, row["path"], row["camera"], colour, f"{mark} {row['distance']:.3f}")


def _crop(axes: Any, path: Any, camera: Any, colour: str, words: str) -> None:
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
