"""A picture of a network as plain data: boxes, arrows between them, frames around them. A space makes one of itself.

Positions are in points (1/72 inch) as printed, y upwards. What a box of a decision looks like is not said here: that
depends on the genotype, and `nasreid.pictures.diagram.paint` knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx

from nasreid.errors import NasreidError
from nasreid.files import Document
from nasreid.pictures.diagram.geometry import Point
from nasreid.plugins import is_ours
from nasreid.published import picture_of

ONE_COLUMN, TWO_COLUMNS = 241.0, 496.0  # 8.5 and 17.5 cm
GREY = "#6E6E6E"


class Sketch:
    """Boxes by name, in a networkx graph whose edges are the arrows.

    `left_out`: decisions that the picture does not show, because they make no difference; `others`: those that it
    leaves to the framework, which draws them over it.
    """

    def __init__(self) -> None:
        self.graph = nx.DiGraph()
        self.frames: dict[str, Document] = {}
        self.left_out: set[str] = set()
        self.others: set[str] = set()

    def box(self, name: str, at: Point, size: tuple[float, float], words: str = "", *, decision: str | None = None,
            only: Sequence[str] = (), role: str = "part", font: float = 6.0, frame: str | None = None,
            shape: str = "box", bold: bool = False, slot: str = "", faint: bool = False) -> None:
        """A box around `at`; one of a decision is painted and has the words of its choice, unless `words` are given.

        only: candidates for which the box is there: else it is hollow (role "part") or not drawn (role "tile").
        role: "part"; "tile" (no words); "mark" (drawn only when the decision changed); "line"; "text" (no box);
        "absent" (a decision that is not there, grey). shape: "box", "circle" or "point". slot: a small line above the
        choice. faint: grey, as nothing of it reaches the maps.
        """
        if name in self.graph:
            raise NasreidError(f"box {name!r} is in the picture twice; expected different names")
        self.graph.add_node(name, at=at, size=size, words=words, decision=decision, only=tuple(only), role=role,
                            font=font, frame=frame, shape=shape, bold=bold, slot=slot, faint=faint)

    def text(self, name: str, at: Point, words: str, font: float = 6.0, bold: bool = False) -> None:
        """Words without a box."""
        self.box(name, at, (0.62 * font * len(words) + 2, font * 1.3), words, role="text", font=font, bold=bold)

    def frame(self, name: str, corners: tuple[float, float, float, float], title: str = "", font: float = 8.0,
              bare: bool = False) -> None:
        """A pale frame (left, bottom, right, top) behind the boxes that name it; there must be one such box.

        Without a title it is not drawn, unless it is `bare`.
        """
        self.frames[name] = {"corners": corners, "title": title, "font": font, "bare": bare}

    def arrow(self, tail: str, head: str, path: Sequence[Point] | None = None, x: float | None = None,
              tip: bool = True) -> None:
        """An arrow along `path` (right angles); without one it goes straight down, at `x` or between the centres."""
        for name in (tail, head):
            if name not in self.graph:
                raise NasreidError(f"arrow from {tail!r} to {head!r}: there is no box {name!r} yet; expected one")
        if path is None:
            a, b = self.graph.nodes[tail], self.graph.nodes[head]
            narrow = min(a, b, key=lambda box: box["size"][0])["at"][0]
            at = narrow if x is None else x
            path = [(at, a["at"][1] - a["size"][1] / 2), (at, b["at"][1] + b["size"][1] / 2)]
        self.graph.add_edge(tail, head, path=list(path), tip=tip)

    def decisions(self) -> list[str]:
        """Labels of the decisions that have a box, in order."""
        found = (data["decision"] for _, data in self.graph.nodes(data=True))
        return list(dict.fromkeys(label for label in found if label is not None))

    def corners(self) -> tuple[float, float, float, float]:
        """(left, bottom, right, top) of it all."""
        spans = [frame["corners"] for frame in self.frames.values()]
        for _, data in self.graph.nodes(data=True):
            (x, y), (width, height) = data["at"], data["size"]
            spans.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        points = [point for *_, data in self.graph.edges(data=True) for point in data["path"]]
        spans += [(x, y, x, y) for x, y in points]
        lefts, bottoms, rights, tops = zip(*(spans or [(0.0, 0.0, 0.0, 0.0)]), strict=True)
        return min(lefts), min(bottoms), max(rights), max(tops)

    def put(self, other: Sketch, shift: Point) -> None:
        """All of another sketch, moved; names must differ."""
        dx, dy = shift
        for name, data in other.graph.nodes(data=True):
            self.graph.add_node(name, **{**data, "at": (data["at"][0] + dx, data["at"][1] + dy)})
        for tail, head, data in other.graph.edges(data=True):
            self.graph.add_edge(tail, head, **{**data, "path": [(x + dx, y + dy) for x, y in data["path"]]})
        for name, frame in other.frames.items():
            left, bottom, right, top = frame["corners"]
            self.frames[name] = {**frame, "corners": (left + dx, bottom + dy, right + dx, top + dy)}
        self.left_out |= other.left_out
        self.others |= other.others


def sketch_of(space: str, arguments: Mapping[str, object], choices: Mapping[str, str],
              trusted: str = "") -> Sketch | None:
    """The picture that a space makes of {label: candidate}; None when it makes none, or none of these decisions.

    A space from outside nasreid is not even imported, unless it is the `trusted` one; one with a light file for its
    picture (`nasreid.published`) is not imported either.
    """
    if not is_ours(space) and space != trusted:
        return None
    try:
        offered = picture_of(space)
        made = None if offered is None else offered(dict(choices), **arguments)
    except (NasreidError, TypeError, ValueError):  # made of other arguments or labels than this version knows
        return None
    complete = made is not None and {*made.decisions(), *made.left_out, *made.others} == set(choices)
    return made if complete else None
