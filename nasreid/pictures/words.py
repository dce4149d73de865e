"""Words in diagrams: every one of a user's passes here, and is shown as it is written or refused by name."""

from __future__ import annotations

import re
from html import escape

from nasreid.names import printable

JOINER = "\u2060"  # has no width
_NAMES = r"(?=[NGELTH])"  # what follows a backslash where Graphviz puts in a name


def html(words: str) -> str:
    """Words inside an HTML-like label of Graphviz, where it would put its own names for \\N and \\G.

    They are told apart by a joiner, which `written` takes out of an SVG.

    >>> html("R&amp;D")
    'R&amp;amp;D'
    """
    return escape(re.sub(rf"\\({JOINER}*){_NAMES}", rf"\\\1{JOINER}", printable(words)))


def plain(words: str) -> str:
    """Words as a label or a tooltip of Graphviz that is no HTML, where it would read entities and backslashes.

    >>> plain("R&D")
    'R&amp;D'
    """
    import graphviz

    return graphviz.escape(printable(words).replace("&", "&amp;"))


def written(svg: bytes) -> bytes:
    """An SVG of Graphviz with the words as they were: no joiners after backslashes, second spaces are spaces again.

    >>> written(b"<text>two&#160; words</text>")
    b'<text>two  words</text>'
    """
    text = re.sub(rf"\\({JOINER}*){JOINER}{_NAMES}", r"\\\1", svg.decode())
    return text.replace("&#160;", " ").encode()
