"""The IN placement space as a picture: six omni-scale blocks side by side (OSNet-AIN, fig. 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping

from nasreid.pictures.diagram.sketch import TWO_COLUMNS, Sketch
from nasreid.spaces.in_placement_published import LABELS, PLACEMENTS

STEM, BLOCK, ROW, GAP, LIGHT = 30.0, 65.0, 10.0, 5.0, 8.0
WIDE, MIDDLE, SIDE = 48.0, 4.0, -27.0  # width of a row and where its middle and the identity are, from the block's


def picture(choices: Mapping[str, str], /, streams: int = 4, replace_bn: bool = False,
            **arguments: object) -> Sketch | None:
    """The sketch of a network of the space; IN inside is for in and in-out, IN outside for out and in-out.

    replace_bn: where IN is inside, there is no BN before it.
    """
    if set(choices) != set(LABELS) or not set(choices.values()) <= set(PLACEMENTS):
        return None
    sketch, gutter = Sketch(), (TWO_COLUMNS - STEM - 6 * BLOCK) / 6
    middles = [STEM + gutter + BLOCK / 2 + i * (BLOCK + gutter) for i in range(6)]
    bottom = 0.0
    for label, x in zip(LABELS, middles, strict=True):
        with_bn = not replace_bn or choices[label] not in ("in", "in-out")
        bottom = _block(sketch, label, x, min(streams, 6), with_bn)
    top = sketch.graph.nodes[f"{LABELS[0]}.input"]["at"][1]
    sketch.box("images", (STEM / 2, top + 2), (STEM, 14), "images")
    sketch.box("stem", (STEM / 2, top + 47), (STEM, 14), "stem")
    sketch.arrow("images", "stem", [(STEM / 2, top + 9), (STEM / 2, top + 40)])
    sketch.arrow("stem", f"{LABELS[0]}.input", _into(STEM, middles[0], top))
    for i in range(1, 6):
        _between(sketch, i, middles[i] - (BLOCK + gutter) / 2, middles[i], top, bottom)
    x = middles[5] + MIDDLE
    sketch.box("conv5", (x, bottom - 14), (STEM, 12), "conv5")
    sketch.arrow(f"{LABELS[5]}.end", "conv5")
    return sketch


def _into(x: float, block: float, top: float) -> list[tuple[float, float]]:
    """The last corners of an arrow into the block, beside its title."""
    at = block + BLOCK / 2 - 5
    return [(x, top + 47), (at, top + 47), (at, top), (block + MIDDLE + 2, top)]


def _block(sketch: Sketch, label: str, x: float, streams: int, with_bn: bool) -> float:
    """Draws from y = 0 down; returns where it ends."""
    middle = x + MIDDLE

    def row(name: str, words: str, y: float, width: float = WIDE) -> None:
        sketch.box(f"{label}.{name}", (middle, y), (width, ROW), words, frame=label)

    sketch.box(f"{label}.title", (middle - 6, 19.5), (36, 17), decision=label, font=7.5, frame=label)
    sketch.box(f"{label}.input", (middle, 4), (4, 4), shape="point", frame=label)
    row("reduce", "1×1", -11)
    sketch.arrow(f"{label}.input", f"{label}.reduce")
    y = -16 - GAP - streams * (LIGHT + 2) - GAP
    row("gate", "shared gate, +", y - ROW / 2)
    _streams(sketch, label, middle, -16 - GAP, streams)
    last = f"{label}.gate"
    for name, words in (("expand", "1×1"), ("bn", "BN")):
        y -= ROW + GAP
        if name == "expand" or with_bn:
            row(name, words, y - ROW / 2)
            sketch.arrow(last, f"{label}.{name}")
            last = f"{label}.{name}"
    y -= ROW + GAP
    y = _place(sketch, label, "inside", middle, y, last)
    sketch.box(f"{label}.sum", (middle, y - 5), (10, 10), "+", font=8, frame=label, shape="circle")
    sketch.arrow(f"{label}.inside", f"{label}.sum")
    across = [(middle, 4), (x + SIDE, 4), (x + SIDE, y - 5), (middle - 5, y - 5)]
    sketch.arrow(f"{label}.input", f"{label}.sum", across)
    y = _place(sketch, label, "outside", middle, y - 10 - GAP, f"{label}.sum")
    row("end", "ReLU", y - ROW / 2)
    sketch.arrow(f"{label}.outside", f"{label}.end")
    sketch.frame(label, (x - BLOCK / 2, y - ROW - 5, x + BLOCK / 2, 41), label, font=6.2)
    return y - ROW - 5


def _streams(sketch: Sketch, label: str, middle: float, y: float, streams: int) -> None:
    """Streams of 1, 2, … light convolutions side by side, down to the gate."""
    pitch, low = WIDE / streams, y - streams * (LIGHT + 2) - GAP
    for depth in range(1, streams + 1):
        x, tail = middle + (depth - (streams + 1) / 2) * pitch, f"{label}.reduce"
        for i in range(depth):
            name = f"{label}.stream{depth}.{i + 1}"
            words = "3×3" if streams <= 4 else ""
            sketch.box(name, (x, y - LIGHT / 2 - i * (LIGHT + 2)), (pitch - 1.5, LIGHT), words, font=5, frame=label)
            sketch.arrow(tail, name, x=x, tip=i == 0)
            tail = name
        sketch.arrow(tail, f"{label}.gate", [(x, y - depth * (LIGHT + 2) + 2), (x, low)])


def _place(sketch: Sketch, label: str, place: str, middle: float, y: float, tail: str) -> float:
    only = ("in" if place == "inside" else "out", "in-out")
    sketch.box(f"{label}.{place}", (middle, y - 6), (34, 12), "IN", decision=label, only=only, font=7.5, frame=label)
    sketch.arrow(tail, f"{label}.{place}")
    return y - 12 - GAP


def _between(sketch: Sketch, i: int, gutter: float, x: float, top: float, bottom: float) -> None:
    """From block i to the next; a transition halves the resolution after conv2 and conv3."""
    tail, head, low = f"{LABELS[i - 1]}.end", f"{LABELS[i]}.input", bottom - 6
    start = sketch.graph.nodes[tail]["at"]
    out = [(start[0], start[1] - ROW / 2), (start[0], low), (gutter, low)]
    into = _into(gutter, x, top)
    if i not in (2, 4):
        sketch.arrow(tail, head, [*out, *into])
        return
    name, middle = f"transition{i // 2 + 1}", bottom / 2
    sketch.box(name, (gutter, middle), (11, 11), "½", font=6.5, shape="circle")
    sketch.arrow(tail, name, [*out, (gutter, middle - 5.5)])
    sketch.arrow(name, head, [(gutter, middle + 5.5), *into])
