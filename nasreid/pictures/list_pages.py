"""Ranked lists of many queries as HTML pages that need nothing but themselves: small pictures are inside."""

from __future__ import annotations

import base64
import functools
import io
import math
from collections.abc import Callable
from html import escape
from pathlib import Path

import pandas as pd

from nasreid.data.decode import decode
from nasreid.files import write_text

THUMBNAIL, QUALITY = (64, 128), 80
STYLE = """body{font:14px "DejaVu Sans",Verdana,sans-serif;margin:1.5em;color:#222;background:#fff}
nav a,nav b{margin-right:.6em}section{display:flex;gap:6px;padding:8px 0;border-bottom:1px solid #ddd;overflow-x:auto}
figure{margin:0;text-align:center;font-size:11px;flex:none}figure:first-child{margin-right:14px}
img{display:block;border:4px solid #222;border-radius:3px;height:128px;width:auto}
.right img{border-color:#009E73}.wrong img{border-color:#D55E00;border-style:dashed}
.right b{color:#007a59}.wrong b{color:#b34a00}"""


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
        body = "\n".join(_list(rows, thumbnail) for rows in part)
        path = Path(folder) / _name(number)
        write_text(path, _page(title, number, total, body))
        written.append(path)
        if progress:
            progress(number, total)
    return written


def _page(title: str, number: int, total: int, body: str) -> str:
    near = sorted({1, total, *range(max(1, number - 4), min(total, number + 4) + 1)})
    links = "".join(f"<b>{i}</b>" if i == number else f'<a href="{_name(i)}">{i}</a>' for i in near)
    head = f'<meta charset="utf-8"><title>{escape(title)}, page {number}</title><style>{STYLE}</style>'
    nav = f"<nav>page {links} of {total}</nav>"
    return (f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body><h1>{escape(title)}</h1>{nav}\n'
            f"<p>Green: the identity of the query. Red, dashed: another one. Numbers are distances.</p>\n{body}\n{nav}"
            "</body></html>\n")


def _list(rows: pd.DataFrame, thumbnail: Callable[[str], str]) -> str:
    first = rows.iloc[0]
    words = f"query {_text(first['query_identity'])}<br>camera {_text(first['query_camera'])}"
    figures = [_figure(str(first["query"]), "query", words, thumbnail)]
    for row in rows.to_dict("records"):
        kind, mark = ("right", "✓") if row["match"] else ("wrong", "✗")
        words = f"<b>{mark} {row['distance']:.3f}</b><br>{_text(row['identity'])}, camera {_text(row['camera'])}"
        figures.append(_figure(str(row["path"]), kind, words, thumbnail))
    return f"<section>{''.join(figures)}</section>"


def _text(value: object) -> str:
    return escape(str(value))


def _figure(path: str, kind: str, words: str, thumbnail: Callable[[str], str]) -> str:
    name = escape(Path(path).name, quote=True)
    return (f'<figure class="{kind}"><img src="{thumbnail(path)}" alt="{name}" title="{name}">'
            f"<figcaption>{words}</figcaption></figure>")


def _thumbnail(path: str) -> str:
    image = decode(path)
    image.thumbnail((2 * THUMBNAIL[0], THUMBNAIL[1]))
    data = io.BytesIO()
    image.save(data, format="jpeg", quality=QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"


def _name(number: int) -> str:
    return f"page-{number:03}.html"
