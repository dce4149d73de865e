"""Docstrings and rows as Markdown, and where pages go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
ENTRY = re.compile(r"[a-z_]\w*(?:, \w+)*(?: \{[^}]*\})?: ")  # "name: what it is", the first words of a line
# written anew, and ignored by git
MADE = ("parts", "commands", "reference", "drawn", "notebook", "messages.md", "papers.md")


def write(place: str, *blocks: str) -> None:
    """A page below docs/, its blocks with an empty line between them."""
    path = DOCS / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(block.strip("\n") for block in blocks if block) + "\n", encoding="utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; nothing where there are no rows."""
    body = ["| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body]
    return "\n".join(lines) if body else ""


def code(text: object) -> str:
    """In letters of code, also with backticks inside."""
    said = str(text)
    return f"`` {said} ``" if "`" in said else f"`{said}`" if said else ""


def fenced(text: str, language: str = "") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def prose(text: str) -> str:
    """A docstring as Markdown: what is in backticks stays, examples and indented lines are code, and no other letter
    means anything."""
    return "\n\n".join(_paragraph(part) for part in re.split(r"\n\s*\n", text.strip("\n")))


def _paragraph(text: str) -> str:
    lines = text.splitlines()
    if text.lstrip().startswith(">>>"):
        return fenced(text, "python")
    if lines and all(line.startswith("    ") for line in lines):
        return fenced("\n".join(line[4:] for line in lines), "python" if "def " in text or "class " in text else "")
    if len(re.findall(ENTRY, text)) and re.match(ENTRY, text):
        entries = [" ".join(one.split()) for one in re.split(rf"\n(?={ENTRY.pattern})", text)]
        return "\n".join(f"- {_entry(one)}" for one in entries)
    return _words(re.sub(r"^(- )", r"\n\1", text, count=1, flags=re.MULTILINE))


def _entry(text: str) -> str:
    names, _, said = text.partition(": ")
    return f"`{names}`: {_words(said)}"


def _words(text: str) -> str:
    return "".join(piece if piece.startswith("`") else escaped(piece) for piece in re.split(r"(`[^`]+`)", text))


def escaped(text: str) -> str:
    """Text in which no letter is Markdown's or HTML's."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\*_\[\]#|])", r"\\\1", text)
    return re.sub(r"^(\s*\d+)\.(?=\s)", r"\1\\.", text, flags=re.MULTILINE)


def slug(name: str) -> str:
    """A name as a file's."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)
