"""Labels of decisions, in the order in which people count."""

from __future__ import annotations

from collections.abc import Iterable


def natural(label: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which cell2 comes before cell10."""
    digits = "".join(c if c.isdigit() else f" {c} " if not c.isalnum() else c for c in label)
    parts: list[tuple[int, int, str]] = []
    word = ""
    for c in digits + "\0":
        if word and (c == "\0" or c.isdigit() != word[-1].isdigit()):
            parts.append((0, int(word), "") if word.isdigit() else (1, 0, word))
            word = ""
        word += c
    return tuple(parts)


def some(labels: Iterable[str], most: int = 6) -> str:
    """The first of them in that order, and how many there are."""
    names = sorted(labels, key=natural)
    return ", ".join(names[:most]) + (f", … ({len(names)} in all)" if len(names) > most else "")
