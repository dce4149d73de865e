"""The combined depth space as a picture: six slots side by side, each with the branches that it chose."""

from __future__ import annotations

from collections.abc import Mapping

from nasreid.errors import NasreidError
from nasreid.pictures.diagram.sketch import TWO_COLUMNS, Sketch
from nasreid.spaces.cds_published import LABELS, sizes_of

STEM, SLOT, ROW, GAP, LIGHT = 30.0, 64.0, 10.0, 5.0, 8.0
WIDE, BRANCH, MIDDLE, SIDE = 49.0, 21.0, 4.0, -27.0  # widths of a row and of a branch; middle and identity of a slot


def picture(choices: Mapping[str, str], /, **arguments: object) -> Sketch | None:
    """The six slots, their blocks one below the other."""
    if set(choices) != set(LABELS):
        return None
    try:
        chosen = {label: sizes_of(choices[label]) for label in LABELS}
    except NasreidError:
        return None
    sketch, gutter = Sketch(), (TWO_COLUMNS - STEM - 6 * SLOT) / 6
    middles = [STEM + gutter + SLOT / 2 + i * (SLOT + gutter) for i in range(6)]
    bottom = min([_slot(sketch, label, x, *sizes) for (label, sizes), x in zip(chosen.items(), middles, strict=True)])
    for label, x in zip(LABELS, middles, strict=True):
        sketch.frame(label, (x - SLOT / 2, bottom, x + SLOT / 2, 38), label.replace("stage", "s"), font=6.2)
    _ends(sketch, middles, bottom, _last(LABELS[5], chosen[LABELS[5]][2]))
    for i in range(1, 6):
        _between(sketch, i, middles[i] - (SLOT + gutter) / 2, middles[i], bottom, chosen[LABELS[i - 1]][2])
    return sketch


def _slot(sketch: Sketch, label: str, x: float, first: int, second: int, repeats: int) -> float:
    """Draws from y = 0 down; returns where it ends."""
    sketch.box(f"{label}.title", (x + MIDDLE - 6, 16), (36, 15), decision=label, font=7.5, frame=label)
    y, before = 2.0, ""
    for number in range(1, repeats + 1):
        y = _block(sketch, f"{label}.block{number}", x, y, (first, second), label)
        if before:
            sketch.arrow(before, f"{label}.block{number}.input")
        before = _last(label, number)
    return y - 2


def _last(label: str, number: int) -> str:
    return f"{label}.block{number}.sum"


def _block(sketch: Sketch, name: str, x: float, y: float, kernels: tuple[int, int], frame: str) -> float:
    """One block from y down; returns where the next begins."""
    middle, top = x + MIDDLE, y
    sketch.box(f"{name}.input", (middle, y), (4, 4), shape="point", frame=frame)
    y -= 2 + GAP
    sketch.box(f"{name}.reduce", (middle, y - ROW / 2), (WIDE, ROW), "1×1", frame=frame)
    sketch.arrow(f"{name}.input", f"{name}.reduce")
    y -= ROW + GAP
    gate = y - max(kernel // 2 for kernel in kernels) * (LIGHT + 2) - GAP - ROW / 2
    sketch.box(f"{name}.gate", (middle, gate), (WIDE, ROW), "shared gate, +", frame=frame)
    for branch, kernel, dx in (("a", kernels[0], -12.0), ("b", kernels[1], 12.0)):
        tail = f"{name}.reduce"
        for i in range(kernel // 2):
            here, at = f"{name}.{branch}{i + 1}", (middle + dx, y - LIGHT / 2 - i * (LIGHT + 2))
            sketch.box(here, at, (BRANCH, LIGHT), "3×3", font=5.5, frame=frame)
            sketch.arrow(tail, here, x=middle + dx, tip=i == 0)
            tail = here
        sketch.arrow(tail, f"{name}.gate", x=middle + dx)
    y = gate - ROW / 2 - GAP
    sketch.box(f"{name}.expand", (middle, y - ROW / 2), (WIDE, ROW), "1×1", frame=frame)
    sketch.arrow(f"{name}.gate", f"{name}.expand")
    y -= ROW + GAP
    sketch.box(f"{name}.sum", (middle, y - 5), (10, 10), "+", font=8, frame=frame, shape="circle")
    sketch.arrow(f"{name}.expand", f"{name}.sum")
    across = [(middle, top), (x + SIDE, top), (x + SIDE, y - 5), (middle - 5, y - 5)]
    sketch.arrow(f"{name}.input", f"{name}.sum", across)
    return y - 10 - GAP - 2


def _ends(sketch: Sketch, middles: list[float], bottom: float, last: str) -> None:
    """Images and stem before the first slot, the maps below the last one."""
    sketch.box("images", (STEM / 2, 2), (STEM, 14), "images")
    sketch.box("stem", (STEM / 2, 45), (STEM, 14), "stem")
    sketch.arrow("images", "stem", [(STEM / 2, 9), (STEM / 2, 38)])
    sketch.arrow("stem", f"{LABELS[0]}.block1.input", _into(STEM, middles[0]))
    sketch.box("maps", (middles[5] + MIDDLE, bottom - 16), (STEM, 12), "maps")
    sketch.arrow(last, "maps")


def _into(x: float, slot: float) -> list[tuple[float, float]]:
    """The last corners of an arrow into a slot, beside its title."""
    at = slot + SLOT / 2 - 5
    return [(x, 45), (at, 45), (at, 2), (slot + MIDDLE + 2, 2)]


def _between(sketch: Sketch, i: int, gutter: float, x: float, bottom: float, repeats: int) -> None:
    """From slot i to the next; a transition halves the resolution after each stage."""
    tail, head, low = _last(LABELS[i - 1], repeats), f"{LABELS[i]}.block1.input", bottom - 5
    start = sketch.graph.nodes[tail]["at"]
    out = [(start[0], start[1] - 5), (start[0], low), (gutter, low)]
    into = _into(gutter, x)
    if i % 2:
        sketch.arrow(tail, head, [*out, *into])
        return
    name, middle = f"transition{i // 2}", bottom / 2
    sketch.box(name, (gutter, middle), (11, 11), "½", font=6.5, shape="circle")
    sketch.arrow(tail, name, [*out, (gutter, middle - 5.5)])
    sketch.arrow(name, head, [(gutter, middle + 5.5), *into])
