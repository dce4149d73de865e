"""Names that people give to choices and candidates: what a picture, a page and a file of text can hold."""

from __future__ import annotations

import unicodedata

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
