"""One picture for each concept, drawn as genotypes are: boxes and arrows of a sketch."""

from __future__ import annotations

from collections.abc import Callable

from docs.making.page import DOCS
from nasreid.pictures.colours import colours
from nasreid.pictures.diagram.dot import dot, render
from nasreid.pictures.diagram.sketch import Sketch

HIGH = 20.0
Places = dict[str, tuple[float, float]]


def make() -> None:
    (DOCS / "drawn").mkdir(exist_ok=True)
    for name, maker in PICTURES.items():
        (DOCS / "drawn" / f"concept-{name}.svg").write_bytes(drawn(maker()))


def drawn(sketch: Sketch) -> bytes:
    """The sketch as SVG; boxes of a decision are filled with the colour of their words."""
    graph, shown = sketch.graph, []
    for data in graph.nodes.values():
        if data["decision"] is not None:
            data.update(choice=data["words"], before=None, probabilities={})
            shown.append(data["words"])
    graph.graph.update(space="", compared=False, shaded=False, hollow=False, colours=colours(shown),
                       frames=sketch.frames, corners=sketch.corners())
    return render(dot(graph), "svg")


def space() -> Sketch:
    """A chain with two open decisions, whose candidates stand over each other."""
    sketch = Sketch()
    _boxes(sketch, {"images": (0, 0), "stem": (70, 0), "conv": (230, 0), "maps": (390, 0)})
    for place, x, names in (("one", 150, ("none", "exchange", "gate")), ("two", 310, ("plain", "dilated"))):
        for i, name in enumerate(names):
            y = 26 * ((len(names) - 1) / 2 - i)
            sketch.box(f"{place}.{name}", (x, y), (56, HIGH), name, decision=f"{place}.{name}", font=8, frame=place)
        half = 13 * len(names)
        sketch.frame(place, (x - 36, -half - 8, x + 36, half + 20), f"decision {place}", font=8)
    for names in (("images", "stem"), ("stem", "one.exchange"), ("one.exchange", "conv")):
        _right(sketch, *names)
    sketch.box("into", (272, 0), (2, 2), shape="point")
    sketch.box("out of", (348, 0), (2, 2), shape="point")
    sketch.arrow("conv", "into", [(258, 0), (273, 0)], tip=False)
    sketch.arrow("out of", "maps", [(347, 0), (362, 0)])
    return sketch


def strategy() -> Sketch:
    """Images divided in two; weights learn on one half, alphas on the other, in turn."""
    sketch = Sketch()
    _boxes(sketch, {"training images": (0, 0), "train": (105, 28), "validation": (105, -28),
                    "weight step": (210, 28), "architecture step": (210, -28), "weights": (315, 28),
                    "alphas": (315, -28), "supernet": (405, 0)}, wide=80)
    _bend(sketch, "training images", "train")
    _bend(sketch, "training images", "validation")
    for names in (("train", "weight step"), ("validation", "architecture step"), ("weight step", "weights"),
                  ("architecture step", "alphas")):
        _right(sketch, *names)
    _bend(sketch, "weights", "supernet", last=True)
    _bend(sketch, "alphas", "supernet", last=True)
    return sketch


def objective() -> Sketch:
    """From maps to one number."""
    sketch = Sketch()
    _boxes(sketch, {"maps (N, D, h, w)": (0, 0), "vectors (N, D)": (105, 0), "neck (N, D)": (210, 0),
                    "objective": (315, 0), "loss ()": (425, 0), "batch: labels, camera, modality": (315, -40)}, wide=86)
    sketch.graph.nodes["batch: labels, camera, modality"]["size"] = (140, HIGH)
    for names in (("maps (N, D, h, w)", "vectors (N, D)"), ("vectors (N, D)", "neck (N, D)"),
                  ("neck (N, D)", "objective"), ("objective", "loss ()")):
        _right(sketch, *names)
    sketch.arrow("batch: labels, camera, modality", "objective", [(315, -30), (315, -10)])
    return sketch


def genotype() -> Sketch:
    """One candidate of each decision; of it a network, a diagram, an export."""
    sketch = Sketch()
    _boxes(sketch, {"images": (0, 0), "stem": (70, 0), "conv": (210, 0), "maps": (350, 0)})
    for place, x, name in (("one", 140, "exchange"), ("two", 280, "dilated")):
        sketch.box(place, (x, 0), (56, HIGH), name, decision=place, font=8)
    for names in (("images", "stem"), ("stem", "one"), ("one", "conv"), ("conv", "two"), ("two", "maps")):
        _right(sketch, *names)
    return sketch


def protocol() -> Sketch:
    """A query asks the gallery; what its own camera saw of it is removed."""
    sketch = Sketch()
    _boxes(sketch, {"query: Ada, camera 1": (0, 0)}, wide=96)
    for i, (who, said) in enumerate((("Ada, camera 1", "removed"), ("Ada, camera 2", "right, place 1"),
                                     ("Bob, camera 1", "wrong, place 2"), ("Ada, camera 3", "right, place 3"))):
        y = 36 - 24 * i
        sketch.box(who, (130, y), (86, HIGH), who, role="absent" if said == "removed" else "part", font=8)
        sketch.box(said, (235, y), (90, HIGH), said, role="text", font=8)
        if said != "removed":
            sketch.arrow("query: Ada, camera 1", who, [(48, 0), (66, 0), (66, y), (87, y)])
    sketch.text("score", (350, 0), "AP = (1/1 + 2/3) / 2 = 0.83", 8)
    return sketch


PICTURES: dict[str, Callable[[], Sketch]] = {"space": space, "strategy": strategy, "objective": objective,
                                             "genotype": genotype, "protocol": protocol}


def _boxes(sketch: Sketch, places: Places, wide: float = 56) -> None:
    for words, at in places.items():
        sketch.box(words, at, (wide, HIGH), words, font=8)


def _right(sketch: Sketch, tail: str, head: str) -> None:
    """An arrow to the right, on the height of its head."""
    a, b = sketch.graph.nodes[tail], sketch.graph.nodes[head]
    y = b["at"][1]
    sketch.arrow(tail, head, [(a["at"][0] + a["size"][0] / 2, y), (b["at"][0] - b["size"][0] / 2, y)])


def _bend(sketch: Sketch, tail: str, head: str, last: bool = False) -> None:
    """An arrow that goes up or down between two columns."""
    a, b = sketch.graph.nodes[tail], sketch.graph.nodes[head]
    left, right = a["at"][0] + a["size"][0] / 2, b["at"][0] - b["size"][0] / 2
    if last:
        x = b["at"][0]
        edge = b["at"][1] + (HIGH / 2 if a["at"][1] > b["at"][1] else -HIGH / 2)
        sketch.arrow(tail, head, [(left, a["at"][1]), (x, a["at"][1]), (x, edge)])
        return
    x = (left + right) / 2
    sketch.arrow(tail, head, [(left, a["at"][1]), (x, a["at"][1]), (x, b["at"][1]), (right, b["at"][1])])
