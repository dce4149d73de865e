"""Auto-ReID's cells as pictures: each state is a line downwards, from which operations take what they work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nasreid.pictures.diagram.sketch import TWO_COLUMNS, Sketch

STEP, ROW, HIGH = 41.0, 18.0, 15.0  # between two states, between two operations of a cell; height of an operation
WIDE, NODE, LEFT = 25.0, 12.0, 21.0  # widths of an operation and of a node; from a frame to its first line
TOP, GAP, PILL = 41.0, 6.0, 30.0
LETTERS = {"normal": "N", "reduction": "R"}


def picture(choices: Mapping[str, str], /, depths: Sequence[int] = (2, 2, 2, 2), nodes: int = 4,
            **arguments: object) -> Sketch | None:
    """The cells in a row, and below it what is in a cell of each kind: N and R."""
    kinds = [kind for kind in LETTERS if f"{kind}.node1.input0" in choices]
    edges = {kind: [_taken(choices, kind, number) for number in range(1, nodes + 1)] for kind in kinds}
    labels = {f"{kind}.node{number}.input{at}" for kind, rows in edges.items()
              for number, row in enumerate(rows, 1) for at in row}
    labels |= {f"{kind}.node{number}.inputs" for kind in kinds for number in range(2, nodes + 1)}
    if not kinds or set(choices) != labels:
        return None
    sketch = Sketch()
    wide = LEFT + STEP * (nodes + 1) + 14
    across = wide * len(kinds) + 12 <= TWO_COLUMNS
    for at, kind in enumerate(kinds):
        corner = (at * (wide + 12), 0.0) if across else (0.0, -at * ((2 * ROW + GAP) * nodes + 2 * TOP))
        _cell(sketch, kind, edges[kind], corner, wide)
    left, _, right, top = sketch.corners()
    _outline(sketch, depths, (left + right) / 2, top + 24)
    return sketch


def _taken(choices: Mapping[str, str], kind: str, number: int) -> list[int]:
    """The places of the states that a node takes."""
    said = "0+1" if number == 1 else choices.get(f"{kind}.node{number}.inputs", "")
    return [int(place) for place in said.split("+") if place.isdigit() and int(place) <= number]


def _cell(sketch: Sketch, kind: str, edges: list[list[int]], corner: tuple[float, float], wide: float) -> None:
    """A cell from its upper left corner on."""
    left, top = corner
    lines = [left + LEFT + STEP * at for at in range(len(edges) + 2)]
    states, frame = [f"{kind}.before", f"{kind}.last"], f"{kind}.cell"
    for name, x, words in zip(states, lines, ("cell k−2", "cell k−1"), strict=False):
        sketch.box(name, (x, top - 22), (36, 11), words, frame=frame, font=6)
    y = top - TOP
    for number, places in enumerate(edges, 1):
        label = f"{kind}.node{number}.inputs"
        middle = y - ROW / 2 * (len(places) - 1)
        sketch.box(label, (lines[number + 1], middle), (NODE, ROW * len(places) - 2), str(number), frame=frame, font=7,
                   decision=label if number > 1 else None)
        for at in places:
            _edge(sketch, f"{kind}.node{number}.input{at}", (states[at], label), (lines[at], y), frame)
            y -= ROW
        states.append(label)
        y -= GAP
    _joined(sketch, kind, states[2:], lines[2:], y, frame)
    sketch.frame(frame, (left, y - 20, left + wide, top), f"{kind} cell ({LETTERS[kind]})", font=8)


def _edge(sketch: Sketch, label: str, ends: tuple[str, str], at: tuple[float, float], frame: str) -> None:
    """From the line of a state through an operation to a node."""
    (x, y), (state, node) = at, ends
    middle = x + 5 + WIDE / 2
    sketch.box(label, (middle, y), (WIDE, HIGH), decision=label, font=6.5, frame=frame)
    sketch.box(f"{label}.tap", (x, y), (2.4, 2.4), shape="point", frame=frame)
    below = sketch.graph.nodes[state]["at"][1] - sketch.graph.nodes[state]["size"][1] / 2
    sketch.arrow(state, label, [(x, below), (x, y), (middle - WIDE / 2, y)])
    to = sketch.graph.nodes[node]
    sketch.arrow(label, node, [(middle + WIDE / 2, y), (to["at"][0] - NODE / 2, y)])


def _joined(sketch: Sketch, kind: str, nodes: Sequence[str], lines: Sequence[float], y: float, frame: str) -> None:
    """All nodes, joined, at the bottom."""
    name = f"{kind}.joined"
    sketch.box(name, ((lines[0] + lines[-1]) / 2, y - 6), (lines[-1] - lines[0] + NODE + 6, 11), "joined", frame=frame)
    for node, x in zip(nodes, lines, strict=True):
        sketch.arrow(node, name, x=x)


def _outline(sketch: Sketch, depths: Sequence[int], middle: float, y: float) -> None:
    """Images, stem, the cells of each stage, maps."""
    stages = {f"stage{at}": " ".join(["R" if at > 1 else "N", *"N" * (depth - 1)]) if depth < 5 else
              f"{'R' if at > 1 else 'N'}, {depth - 1}× N" for at, depth in enumerate(depths, 1)}
    words = {"images": "images", "stem": "stem", **stages, "maps": "maps"}
    sizes = {name: max(PILL, 5.0 * len(said) + 8) for name, said in words.items()}
    x = middle - (sum(sizes.values()) + 10 * (len(sizes) - 1)) / 2
    before = ""
    for name, said in words.items():
        sketch.box(name, (x + sizes[name] / 2, y), (sizes[name], 14), said, font=6.5, bold=name in stages)
        if before:
            sketch.arrow(before, name, [(x - 10, y), (x, y)])
        x, before = x + sizes[name] + 10, name
