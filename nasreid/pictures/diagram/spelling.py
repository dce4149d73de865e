"""The words of a picture whose letters are drawn here, by fonts that do not have all of them: PNG and PDF."""

from __future__ import annotations

from typing import Any

import networkx as nx

from nasreid.files import Document
from nasreid.pictures.fonts import spelt

WIDE = 0.66  # of the size of a letter, as the boxes are measured


def spelled(graph: nx.DiGraph) -> nx.DiGraph:
    """The graph of `nasreid.pictures.diagram.graph` with the characters that our fonts lack spelt as \\u6ce8.

    A spelt word is smaller, so that it stays in its box.
    """
    found = graph.copy()
    for _, data in found.nodes(data=True):
        small = {name: _spelt(data[name]) for name in ("words", "slot", "choice", "before", "probabilities", "only")
                 if data.get(name)}
        if any(data[name] != word for name, word in small.items()):
            longest = max(len(word) for word in small.values() if isinstance(word, str))
            data.update(small, font=min(data["font"], data["size"][0] / (WIDE * longest)))
    found.graph.update(colours=_spelt(graph.graph["colours"]), frames={
        name: _titled(frame) for name, frame in graph.graph["frames"].items()})
    return found


def _titled(frame: Document) -> Document:
    title = spelt(frame["title"])
    if title == frame["title"]:
        return frame
    left, _, right, _ = frame["corners"]
    return {**frame, "title": title, "font": min(frame["font"], (right - left) / (WIDE * len(title)))}


def _spelt(found: Any) -> Any:
    """A word, words, or what is known by words."""
    if isinstance(found, dict):
        return {spelt(name): value for name, value in found.items()}
    return tuple(map(spelt, found)) if isinstance(found, tuple) else spelt(found)
