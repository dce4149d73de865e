"""Pieces of an HTML page that needs nothing but itself. A picture that cannot be drawn is named, and costs no page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pandas as pd

from nasreid.pictures.report.tables import cell

STYLE = """
body{font:15px/1.5 "DejaVu Sans",Verdana,sans-serif;color:#222;max-width:62rem;margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.7rem;margin-bottom:.2rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #ccc}
h3{font-size:1rem;margin:1.2rem 0 .3rem}.lead{font-size:1.05rem}.small{font-size:.82rem;color:#555}
table{border-collapse:collapse;margin:.6rem 0;font-size:.86rem;display:block;overflow-x:auto}
th,td{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:right;white-space:nowrap}
th:first-child,td:first-child,table.words td{text-align:left}table.words td{white-space:normal}
th{border-bottom:2px solid #888;white-space:normal;vertical-align:bottom}
img{max-width:100%;height:auto}figure{margin:.8rem 0}
figcaption{font-size:.82rem;color:#555}
.yes{color:#007a59}.unknown{color:#777}
.no{color:#b34a00;font-weight:bold}.alarm{border-left:4px solid #D55E00;padding-left:.7rem}
.side{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}.side>figure{flex:1 1 18rem}
.side>figure:nth-child(2){flex:2 1 34rem}
pre{background:#f5f5f5;padding:.8rem;overflow-x:auto;font-size:.8rem}
@media print{body{max-width:none;margin:0}table{display:table;font-size:.6rem;width:100%}
th,td{padding:.15rem .3rem}td{white-space:normal}h2{break-after:avoid}figure,table{break-inside:avoid}}
"""


def document(title: str, parts: list[str]) -> str:
    """A whole page; empty parts are left out."""
    body = "\n".join(part for part in parts if part)
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
            f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n")


def picture(draw: Callable[[], str], words: str) -> str:
    """A figure from the data URI that `draw` gives; or, where it fails, what was not drawn and why."""
    said = escape(words, quote=True)
    try:
        uri = draw()
    except Exception as error:  # whatever a library raises: the page has more to say than its pictures
        return f"<p class='small alarm'>not drawn: {said} ({reason(error)})</p>"
    return f'<figure><img src="{uri}" alt="{said}"><figcaption>{said}</figcaption></figure>'


def reason(error: Exception) -> str:
    """What an error says, in one line of HTML."""
    return escape(" ".join(str(error).split()) or type(error).__name__)


def table(frame: pd.DataFrame) -> str:
    """A frame as an HTML table."""
    head = "".join(f"<th>{escape(str(name))}</th>" for name in frame.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell(v))}</td>' for v in row)}</tr>"
                   for row in frame.itertuples(index=False))
    return f"<table><tr>{head}</tr>{rows}</table>"
