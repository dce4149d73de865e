"""Ranked lists as a picture: what the network finds for a query, right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nasreid.data.decode import decode
from nasreid.errors import NasreidError
from nasreid.files import write
from nasreid.fonts import figure

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
    their rows. Gallery images of the query's identity and camera are left out, as in `nasreid.evaluate`.
    """
    query, gallery = frame[frame["split"] == "query"], frame[frame["split"] == "gallery"]
    if np.shape(distances) != (len(queries), len(gallery)):
        expected = (len(queries), len(gallery))
        raise NasreidError(f"distances have shape {np.shape(distances)}: expected {expected}, one row per query")
    if not len(queries) or min(queries) < 0 or max(queries) >= len(query):
        raise NasreidError(f"queries {list(queries)}: expected places from 0 to {len(query) - 1}")
    top = min(top, len(gallery))
    tall = _aspect(query.iloc[queries[0]])
    drawing = figure(0.85 * (top + 1.3), len(queries) * (0.85 * tall + 0.42))
    grid = drawing.subplots(
        len(queries), top + 2, squeeze=False, gridspec_kw={"width_ratios": [1, 0.15, *[1] * top], "wspace": 0.02}
    )
    for axes, place, row in zip(grid, queries, distances, strict=True):
        _row(axes, query.iloc[place], gallery, row, same_camera_rule)
    write(path, drawing.savefig)


def _row(axes: Any, query: Any, gallery: pd.DataFrame, distances: np.ndarray, same_camera_rule: bool) -> None:
    for part in axes:
        part.axis("off")
    _crop(axes[0], query, QUERY, f"query {query['identity']}")
    same = (gallery["identity"] == query["identity"]).to_numpy()
    removed = same & (gallery["camera"] == query["camera"]).to_numpy() & same_camera_rule
    order = np.argsort(distances, kind="stable")
    for part, found in zip(axes[2:], order[~removed[order]], strict=False):
        colour, mark = (RIGHT, "✓") if same[found] else (WRONG, "✗")
        _crop(part, gallery.iloc[found], colour, f"{mark} {distances[found]:.3f}")


def _crop(axes: Any, row: Any, colour: str, words: str) -> None:
    image = decode(str(row["path"]))
    image.thumbnail((192, 384))
    axes.axis("on")
    axes.imshow(np.asarray(image), interpolation="bilinear")
    axes.set(xticks=[], yticks=[])
    axes.set_xlabel(f"camera {row['camera']}", fontsize=6.5, labelpad=2, color="#555555")
    axes.set_title(words, fontsize=8, color=colour, pad=3)
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=2.5)


def _aspect(row: Any) -> float:
    width, height = decode(str(row["path"])).size
    return min(3.0, height / width)
