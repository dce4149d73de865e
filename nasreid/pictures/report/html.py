"""A page that needs nothing but itself: templates filled in with values, pictures and tables.

What is written into a page is escaped by jinja2, always. A picture that cannot be drawn is named, and costs no page.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import pandas as pd

from nasreid.pictures.report.tables import cell

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
INSIDE = 400_000  # characters of a table that a page carries; a longer one is a link to the file beside it


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, or the fault for which there is none.

    words: under it. told: what it shows, for those who cannot see it. kind: a chart turns dark with its page, a photo
    does not.
    """

    words: str
    told: str = ""
    uri: str = ""
    fault: str = ""
    kind: Literal["chart", "photo"] = "chart"


@dataclass(frozen=True)
class Table:
    """A table as people read it. title: what it is called. csv: a data URI of its numbers."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    csv: str = field(default="", repr=False)


def rendered(name: str, **values: Any) -> str:
    """A template of this folder, filled in."""
    return _environment().get_template(name).render(**values)


def picture(draw: Callable[[], str], words: str, told: str = "", kind: Literal["chart", "photo"] = "chart") -> Picture:
    """A picture from the data URI that `draw` gives; or, where it fails, what was not drawn and why.

    >>> picture(lambda: "data:,", "Every run a dot.").uri
    'data:,'
    >>> picture(lambda: 1 / 0, "Every run a dot.").fault
    'division by zero'
    """
    try:
        return Picture(words, told or words, draw(), kind=kind)
    except Exception as error:  # whatever a library raises: the page has more to say than its pictures
        return Picture(words, fault=reason(error))


def reason(error: Exception) -> str:
    """What an error says, in one line.

    >>> reason(ValueError("no\\nluck"))
    'no luck'
    """
    return " ".join(str(error).split()) or type(error).__name__


def table(shown: pd.DataFrame, title: str, full: pd.DataFrame | None = None) -> Table:
    """A frame as a table; `full` are the numbers to be had as CSV, by default what is shown.

    >>> table(pd.DataFrame({"variant": ["a"], "mAP": [float("nan")]}), "means").rows
    [['a', '–']]
    """
    rows = [[cell(value) for value in row] for row in shown.itertuples(index=False)]
    return Table(title, [str(name) for name in shown.columns], rows, data_uri(shown if full is None else full))


def data_uri(frame: pd.DataFrame) -> str:
    """A frame as a link that holds it, as CSV.

    >>> data_uri(pd.DataFrame({"mAP": [36.2]}))
    'data:text/csv;charset=utf-8,mAP%0A36.2%0A'
    """
    return "data:text/csv;charset=utf-8," + quote(frame.to_csv(index=False))


def link(path: Path) -> str:
    """A table beside the page as a link that holds it, or to it where it is long."""
    held = "data:text/csv;charset=utf-8," + quote(path.read_bytes())
    return held if len(held) <= INSIDE else quote(path.name)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                       keep_trailing_newline=True, loader=FileSystemLoader(TEMPLATES))
