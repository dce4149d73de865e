"""A genotype whose flow was traced, as a sketch: each decision where it works, arrows as data went.

What no image passes through is grey: decisions that do not exist in this network, and those whose output is not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import networkx as nx

from nasreid.files import Document
from nasreid.network.arrows import telling
from nasreid.pictures.diagram.geometry import Point
from nasreid.pictures.diagram.layered import layers
from nasreid.pictures.diagram.paint import LEAST
from nasreid.pictures.diagram.sketch import TWO_COLUMNS, Sketch

INPUT, OUTPUT = -1, -2  # as `nasreid.network.flow` has them
HIGH, PAD, PILL, MOST = 27.0, 6.0, (28.0, 13.0), 12


@dataclass(frozen=True)
class Part:
    """Decisions {label: kind} that work in one place, and what lies inside: the parts, and arrows between them."""

    decisions: Mapping[str, str]
    parts: dict[int, Part] = field(default_factory=dict)
    arrows: list[tuple[int, int]] = field(default_factory=list)


def traced(found: object) -> Document | None:
    """A flow as `nasreid.network.flow` leaves it in a genotype; None for what is none, or was damaged.

    >>> traced({"boxes": 5}) is None
    True
    """
    if not isinstance(found, dict) or not isinstance(found.get("choices"), dict) or not all(
            isinstance(found.get(name), list) for name in ("boxes", "arrows", "absent")):
        return None
    count = len(found["boxes"])
    sound = all(isinstance(box, dict) and isinstance(box.get("decisions"), dict) and "inside" in box
                and (box["inside"] is None or _number(box["inside"], 0, count)) for box in found["boxes"]) and all(
        isinstance(pair, list) and len(pair) == 2 and all(_number(end, OUTPUT, count) for end in pair)
        for pair in found["arrows"]) and all(isinstance(label, str) for label in found["absent"])
    if not sound:
        return None
    around = [(at, box["inside"]) for at, box in enumerate(found["boxes"]) if box["inside"] is not None]
    circles = not all(nx.is_directed_acyclic_graph(nx.DiGraph(pairs)) for pairs in (around, found["arrows"]))
    return None if circles else found


def _number(value: object, least: int, end: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < end


def flowing(flow: Document, choices: Mapping[str, str], shown: Mapping[str, str]) -> Sketch | None:
    """The sketch of a flow, of those of the choices that are `shown`; None where it is of other choices."""
    placed = {label for box in flow["boxes"] for label in box["decisions"]}
    if flow.get("choices") != dict(choices) or not placed.issuperset(shown):
        return None
    sketch = Sketch()
    flow = without(flow, set(choices) - set(shown))
    whole, used = _whole(flow), _used(flow)
    _Drawing(sketch, choices, used).put(whole, (0.0, 0.0), "")
    left, bottom, right, _ = sketch.corners()
    _absent(sketch, flow["absent"], left, right, bottom)
    return sketch


def without(flow: Document, labels: Set[str]) -> Document:
    """The flow as if these decisions were parts of what is around them.

    >>> box = {"decisions": {"depth": "choice"}, "inside": None}
    >>> without({"boxes": [box], "arrows": []}, {"depth"})["boxes"]
    []
    """
    boxes = [{**box, "decisions": {label: kind for label, kind in box["decisions"].items() if label not in labels}}
             for box in flow["boxes"]]
    graph = nx.DiGraph([tuple(pair) for pair in flow["arrows"]])
    around: dict[int, int | None] = {at: box["inside"] for at, box in enumerate(boxes)}
    for at, box in enumerate(boxes):
        if box["decisions"]:
            continue
        if at in graph:
            pairs = [(tail, head) for tail in graph.predecessors(at) for head in graph.successors(at)]
            graph.remove_node(at)
            graph.add_edges_from(pairs)
        around = {own: around[at] if outer == at else outer for own, outer in around.items() if own != at}
    arrows = telling(graph.edges, {(tail, head) for tail, head in graph.edges
                                   if head >= 0 and "inputs" in boxes[head]["decisions"].values()})
    kept = {at: {**boxes[at], "inside": outer} for at, outer in around.items()}
    numbers = {at: number for number, at in enumerate(kept)} | {None: None, INPUT: INPUT, OUTPUT: OUTPUT}
    return {**flow, "boxes": [{**box, "inside": numbers[box["inside"]]} for box in kept.values()],
            "arrows": [[numbers[tail], numbers[head]] for tail, head in arrows]}


def _whole(flow: Document) -> Part:
    """All boxes, each inside the one around it, and numbers together with what they are numbers of."""
    boxes, arrows = flow["boxes"], [(tail, head) for tail, head in flow["arrows"]]

    def inside(around: int | None) -> Part:
        own = {at: replace(inside(at), decisions=box["decisions"]) for at, box in enumerate(boxes)
               if box["inside"] == around}
        ends = {INPUT: Part({}), OUTPUT: Part({})} if around is None else {}
        here = [(tail, head) for tail, head in arrows if {tail, head} <= own.keys() | ends.keys()]
        return Part({}, *_together({**own, **ends}, here))

    return inside(None)


def _together(parts: dict[int, Part], arrows: list[tuple[int, int]]) -> tuple[dict[int, Part], list[tuple[int, int]]]:
    """A number that goes on in the next part, or comes from the one before, has no part of its own."""
    graph = nx.DiGraph(arrows)
    graph.add_nodes_from(parts)
    for at, part in list(parts.items()):
        if part.parts or not part.decisions or set(part.decisions.values()) != {"value"}:
            continue
        before, after = list(graph.predecessors(at)), list(graph.successors(at))
        following = after[0] if len(after) == 1 and graph.in_degree(after[0]) == 1 else None
        earlier = before[0] if len(before) == 1 and graph.out_degree(before[0]) == 1 else None
        to = next((one for one in (following, earlier)
                   if one is not None and part.decisions.keys() <= parts[one].decisions.keys()), None)
        if to is not None:
            graph.add_edges_from([(one, to) for one in before if one != to] + [(to, one) for one in after if one != to])
            graph.remove_node(at)
            del parts[at]
    return parts, sorted(graph.edges)


def _used(flow: Document) -> set[int]:
    """Boxes from which there is a way to the maps."""
    graph = nx.DiGraph([tuple(pair) for pair in flow["arrows"]])
    graph.add_node(OUTPUT)
    reach = nx.ancestors(graph, OUTPUT)
    for at, box in enumerate(flow["boxes"]):
        if box["inside"] in reach:
            reach.add(at)
    return reach


class _Drawing:
    """Parts put into a sketch."""

    def __init__(self, sketch: Sketch, choices: Mapping[str, str], used: set[int]):
        self.sketch, self.choices, self.used = sketch, choices, used

    def size(self, part: Part, room: float) -> tuple[float, float]:
        """Width and height of a part where there is so much room."""
        head = max([*(self._width(label) for label in part.decisions), 0.0])
        tall = HIGH * len(part.decisions)
        if not part.parts:
            return (head, tall) if part.decisions else PILL
        width, height = layers(self._sizes(part, room - 2 * PAD), part.arrows, room - 2 * PAD).size
        return max(head, width) + 2 * PAD, tall + height + 3 * PAD

    def put(self, part: Part, corner: Point, name: str, room: float = TWO_COLUMNS) -> None:
        """All that is inside a part, from the upper left corner of its inside on."""
        sizes = self._sizes(part, room)
        placed = layers(sizes, part.arrows, room)
        for at, one in part.parts.items():
            x, y = placed.centres[at]
            self._one(at, one, (corner[0] + x, corner[1] + y), sizes[at], f"{name}{at}", room)
        for (tail, head), path in placed.paths.items():
            self.sketch.arrow(self._name(part, tail, name), self._name(part, head, name),
                              [(corner[0] + x, corner[1] + y) for x, y in path])

    def _sizes(self, part: Part, room: float) -> dict[int, tuple[float, float]]:
        return {at: self.size(one, room) for at, one in part.parts.items()}

    def _one(self, at: int, part: Part, middle: Point, size: tuple[float, float], name: str, room: float) -> None:
        if not part.decisions:
            self.sketch.box(f"({'input' if at == INPUT else 'output'})", middle, PILL,
                            "input" if at == INPUT else "output")
            return
        left, top = middle[0] - size[0] / 2, middle[1] + size[1] / 2
        frame = f"{name} frame" if part.parts else None
        if frame:
            self.sketch.frame(frame, (left, top - size[1], left + size[0], top), bare=True)
        pad = PAD if frame else 0.0
        for number, (label, kind) in enumerate(part.decisions.items()):
            place = (middle[0], top - pad - HIGH * (number + 0.5))
            chosen = self.choices[label]
            words = {"depth": f"× {chosen}", "value": f"= {chosen}"}.get(kind, "")
            self.sketch.box(f"{name} {label}", place, (size[0] - 2 * pad, HIGH - 1), words, decision=label, font=7,
                            frame=frame, slot=label, faint=not self._live(at))
        if part.parts:
            self.put(part, (left + PAD, top - HIGH * len(part.decisions) - 2 * PAD), f"{name}.", room - 2 * PAD)

    def _live(self, at: int) -> bool:
        return at in self.used

    def _name(self, around: Part, at: int, name: str) -> str:
        if at in (INPUT, OUTPUT):
            return "(input)" if at == INPUT else "(output)"
        return f"{name}{at} {next(iter(around.parts[at].decisions))}"

    def _width(self, label: str) -> float:
        return max(40.0, 0.68 * 7 * (len(self.choices[label]) + 2) + 6, 0.62 * 5 * len(label) + 8)


def _absent(sketch: Sketch, labels: Sequence[str], left: float, right: float, bottom: float) -> None:
    """Grey boxes, row by row under it all."""
    if not labels:
        return
    shown = [*labels[:MOST], *([f"and {len(labels) - MOST} more"] if len(labels) > MOST else [])]
    words = "not in this network:"
    sketch.text("(absent)", (left + 0.31 * LEAST * len(words), bottom - 16), words, LEAST)
    x, y = left + 0.62 * LEAST * len(words) + 6, bottom - 16
    for label in shown:
        wide = 0.62 * LEAST * len(label) + 8
        if x + wide > max(right, left + TWO_COLUMNS / 2) and x > left:
            x, y = left, y - 18
        sketch.box(f"(absent) {label}", (x + wide / 2, y), (wide, 13), label, role="absent", font=LEAST)
        x += wide + 6
