"""What differs between up to four genotypes, side by side: a row for each decision, a column for each genotype."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx

from nasreid.errors import NasreidError
from nasreid.pictures.colours import colours
from nasreid.pictures.diagram.diagram import NONE, changes, put
from nasreid.pictures.diagram.geometry import Point
from nasreid.pictures.diagram.sketch import Sketch

if TYPE_CHECKING:
    from nasreid.genotype import Genotype

MOST = 4
HIGH, GAP, APART = 15.0, 3.0, 16.0  # of a box, between boxes, between blocks
ROWS = 30  # of a block, beyond which another stands beside it
FONT = 7.0


def draw_beside(genotypes: Mapping[str, Genotype], path: str | Path, width: float | None = None) -> float:
    """Write what differs between two to four genotypes {name: genotype} of the same decisions; suffixes are `draw`'s.

    width: of a paper's column, in centimetres. Gives the size of the smallest letters, in points.
    """
    return put(beside(genotypes), path, width)


def beside(genotypes: Mapping[str, Genotype]) -> nx.DiGraph:
    """The picture as a graph, like that of `nasreid.pictures.diagram.graph`.

    >>> from nasreid.genotype import Genotype
    >>> two = {name: Genotype("Mine", {}, {"stage1": name, "stage2": "c"}) for name in "ab"}
    >>> [data["decision"] for data in beside(two).nodes.values() if data["decision"]]
    ['stage1', 'stage1']
    """
    labels, names = differing(genotypes), list(genotypes)
    picks = {label: [one.choices.get(label, NONE) for one in genotypes.values()] for label in labels}
    sketch = _table(picks, names)
    same = len({label for one in genotypes.values() for label in one.choices}) - len(labels)
    left, bottom, right, _ = sketch.corners()
    sketch.text("(same)", ((left + right) / 2, bottom - 10), f"the same in all {len(names)}: {same} decisions", FONT)
    words = {choice for row in picks.values() for choice in row if choice != NONE}
    sketch.graph.graph.update(space="", compared=False, shaded=False, colours=colours(words), hollow=False,
                              frames=sketch.frames, corners=sketch.corners(), legend=False)
    return sketch.graph


def _table(picks: Mapping[str, Sequence[str]], names: Sequence[str]) -> Sketch:
    """{label: choices} as rows, in blocks of as even a height as can be."""
    wide = max([*(0.66 * FONT * len(word) + 8 for row in picks.values() for word in row),
                *(0.74 * FONT * len(name) + 4 for name in names)])
    margin = max([0.62 * FONT * len(label) + 8 for label in picks], default=0.0)
    sketch, rows = Sketch(), -(-len(picks) // max(1, -(-len(picks) // ROWS)))
    for number, (label, row) in enumerate(picks.items()):
        block, line = divmod(number, rows)
        left, y = block * (margin + len(names) * (wide + GAP) + APART), -(line + 1) * (HIGH + GAP)
        places = [left + margin + column * (wide + GAP) + wide / 2 for column in range(len(names))]
        for column, (x, name, choice) in enumerate(zip(places, names, row, strict=True)):
            if line == 0:
                title = f"column {column} of block {block}"
                sketch.box(title, (x, 0.0), (wide, HIGH), name, role="text", font=FONT, bold=True)
            _cell(sketch, f"{label} ({name})", (x, y), wide, label, choice)
        sketch.box(f"row {number}", (left + margin / 2, y), (margin, HIGH), label, role="text", font=FONT)
    return sketch


def _cell(sketch: Sketch, name: str, at: Point, wide: float, label: str, choice: str) -> None:
    if choice == NONE:
        sketch.box(name, at, (wide, HIGH), NONE, role="absent", font=FONT)
        return
    sketch.box(name, at, (wide, HIGH), decision=label, font=FONT)
    sketch.graph.nodes[name].update(choice=choice, before=None, probabilities={})


def differing(genotypes: Mapping[str, Genotype]) -> list[str]:
    """Labels of the decisions that are not the same in all, in order; NasreidError unless there are two to four."""
    if not 2 <= len(genotypes) <= MOST:
        raise NasreidError(f"{len(genotypes)} genotypes side by side: expected 2 to {MOST} of different names")
    first, *others = genotypes.values()
    changed = {label for other in others for label in [*changes(first, other), *changes(other, first)]}
    return [label for label in dict.fromkeys(label for one in genotypes.values() for label in one.choices)
            if label in changed]
