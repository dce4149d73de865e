"""Names that people give: to choices and candidates, what a picture and a file can hold; to places, ~/ is home."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Any

from nasreid.errors import NasreidError

LONGEST = 200  # characters: a picture as wide as a page holds no more in its smallest letters


def printable(name: str) -> str:
    """The name; NasreidError where it is too long, or has a character that XML, and with it an SVG, cannot hold."""
    if len(name) > LONGEST:
        raise NasreidError(f"name {name[:30] + '…'!r} has {len(name)} characters; expected at most {LONGEST}")
    for place, letter in enumerate(name, 1):
        if unicodedata.category(letter) in ("Cc", "Cs") or ord(letter) & 0xFFFE == 0xFFFE:
            raise NasreidError(f"name {name!r}: character {place} is {letter!r}, which no picture can show; expected "
                               "text without control characters")
    return name


def located(path: str | Path) -> Path:
    """Where a name of a file or folder leads that somebody gave, on the command line, in a recipe or in Python."""
    return Path(home(str(path)))


def home(value: Any) -> Any:
    """The same, but texts that begin with ~/, also in lists and mappings, with the user's home in its place.

    >>> home("a~/b"), home(("~x", 1))
    ('a~/b', ('~x', 1))
    """
    if isinstance(value, str):
        return os.path.expanduser(value) if value == "~" or value.startswith("~/") else value
    if isinstance(value, dict):
        return {name: home(one) for name, one in value.items()}
    return type(value)(map(home, value)) if type(value) in (list, tuple) else value
