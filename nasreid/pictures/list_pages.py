"""Ranked lists of many queries as HTML pages that need nothing but themselves: small pictures are inside."""

from __future__ import annotations

import base64
import functools
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nasreid.data.decode import decode
from nasreid.files import write_text
from nasreid.pictures.report.html import rendered

THUMBNAIL, QUALITY = (64, 128), 80


@dataclass(frozen=True)
class _Shown:
    """A picture of a list: its file's name, a small copy as a data URI, and whose it is.

    match and distance: of one that was found. found: of a query, what was found, the nearest first.
    """

    name: str
    uri: str
    identity: object
    camera: object
    match: bool = False
    distance: float = 0.0
    found: Sequence[_Shown] = ()


def pages(table: pd.DataFrame, folder: str | Path, title: str, per_page: int = 25,
          progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """Write page-001.html, page-002.html, … with lists of `nasreid.evaluation.ranked.ranked`, `per_page` queries each.

    Green and solid: the identity of the query; red and dashed: another. The distance is below each picture.
    """
    lists = [part for _, part in table.groupby("query", sort=False)]
    total = max(1, math.ceil(len(lists) / per_page))
    thumbnail = functools.lru_cache(maxsize=4096)(_thumbnail)
    written = []
    for number in range(1, total + 1):
        part = lists[(number - 1) * per_page : number * per_page]
        path = Path(folder) / _name(number)
        near = sorted({1, total, *range(max(1, number - 4), min(total, number + 4) + 1)})
        write_text(path, rendered("lists.html.j2", title=title, number=number, total=total,
                                  near=[(place, _name(place)) for place in near],
                                  lists=[_list(rows, thumbnail) for rows in part]))
        written.append(path)
        if progress:
            progress(number, total)
    return written


def _list(rows: pd.DataFrame, thumbnail: Callable[[str], str]) -> _Shown:
    found = [_Shown(Path(row["path"]).name, thumbnail(row["path"]), row["identity"], row["camera"], row["match"],
                   row["distance"]) for row in rows.to_dict("records")]
    first = rows.iloc[0]
    return _Shown(Path(first["query"]).name, thumbnail(first["query"]), first["query_identity"], first["query_camera"],
                 found=found)


def _thumbnail(path: str) -> str:
    image = decode(path)
    image.thumbnail((2 * THUMBNAIL[0], THUMBNAIL[1]))
    data = io.BytesIO()
    image.save(data, format="jpeg", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"


def _name(number: int) -> str:
    return f"page-{number:03}.html"
