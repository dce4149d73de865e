"""How mkdocstrings shall read our docstrings: as `prose` does, so that examples are code and a bracket is a bracket."""

from __future__ import annotations

import re
from typing import Any

import griffe

from docs.making.page import prose

SECTION = re.compile(r"^(Raises|Returns|Yields):\n", re.MULTILINE)


class Prose(griffe.Extension):
    """Docstrings as Markdown, but for their sections, which mkdocstrings sets as tables."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is None:
            return
        text = obj.docstring.value
        at = SECTION.search(text)
        end = len(text) if at is None else at.start()
        obj.docstring.value = f"{prose(text[:end])}\n\n{text[end:]}".rstrip()
