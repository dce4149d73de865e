"""The MSI space as a picture: six two-branch cells side by side, two columns of a paper wide (MSINet, fig. 2)."""

from __future__ import annotations

from collections.abc import Mapping

from nasreid.pictures.diagram.sketch import TWO_COLUMNS, Sketch

STEM, CELL, ROW, GAP, LIGHT = 30.0, 63.0, 11.0, 5.0, 8.0
SIGNS = {"sum": "+", "minus": "−", "mul": "×"}
A, B, SIDE = -12.5, 15.5, -28.0  # where the branches and the identity run, from the middle of a cell


def picture(choices: Mapping[str, str], /, scale_ratio: int = 3, fusion: str = "sum",
            **arguments: object) -> Sketch | None:
    """The six cells with their two branches, that many light convolutions in branch b, fused so."""
    if fusion not in SIGNS:
        return None
    sketch, gutter = Sketch(), (TWO_COLUMNS - STEM - 6 * CELL) / 6
    middles = [STEM + gutter + CELL / 2 + i * (CELL + gutter) for i in range(6)]
    bottom = min([_cell(sketch, f"cell{i + 1}", x, scale_ratio, fusion) for i, x in enumerate(middles)])
    top = sketch.graph.nodes["cell1.input"]["at"][1]
    sketch.box("images", (STEM / 2, top - 4), (STEM, 14), "images")
    sketch.box("stem", (STEM / 2, top + 24), (STEM, 14), "stem")
    sketch.arrow("images", "stem", [(STEM / 2, top + 3), (STEM / 2, top + 17)])
    sketch.arrow("stem", "cell1.input", [(STEM, top + 24), (middles[0], top + 24), (middles[0], top + 2)])
    for i in range(1, 6):
        _between(sketch, i, middles[i] - (CELL + gutter) / 2, middles[i], top, bottom)
    sketch.box("maps", (middles[5], bottom - 20), (STEM, 14), "maps")
    sketch.arrow("cell6.sum", "maps")
    return sketch


def _cell(sketch: Sketch, label: str, x: float, ratio: int, fusion: str) -> float:
    """Draws from y = 0 down; returns where it ends."""
    def part(name: str, words: str, dx: float, y: float, width: float = 25.0, height: float = ROW) -> None:
        sketch.box(f"{label}.{name}", (x + dx, y), (width, height), words, font=6, frame=label)

    sketch.box(f"{label}.input", (x, -4), (4, 4), shape="point", frame=label)
    y = -18.0
    for branch, dx in (("a", A), ("b", B)):
        part(f"reduce_{branch}", "1×1", dx, y)
        sketch.arrow(f"{label}.input", f"{label}.reduce_{branch}", [(x, -4), (x + dx, -4), (x + dx, y + ROW / 2)])
    y -= ROW / 2 + GAP
    before = {"a": f"{label}.reduce_a", "b": f"{label}.reduce_b"}
    for half, slot in (("first", "interaction1"), ("second", "interaction2")):
        y, before = _half(sketch, label, half, slot, x, y, ratio, before)
    for branch, dx in (("a", A), ("b", B)):
        part(f"expand_{branch}", "1×1", dx, y - ROW / 2)
        sketch.arrow(before[branch], f"{label}.expand_{branch}", x=x + dx)
    y -= ROW + GAP + 5
    signs = (("fuse", SIGNS[fusion], y), ("sum", "+", y - 16))
    for name, sign, at in signs:
        sketch.box(f"{label}.{name}", (x, at), (10, 10), sign, font=8, frame=label, shape="circle")
    for branch, dx, side in (("a", A, -5), ("b", B, 5)):
        edge = sketch.graph.nodes[f"{label}.expand_{branch}"]["at"][1] - ROW / 2
        sketch.arrow(f"{label}.expand_{branch}", f"{label}.fuse", [(x + dx, edge), (x + dx, y), (x + side, y)])
    sketch.arrow(f"{label}.fuse", f"{label}.sum")
    y -= 16
    sketch.arrow(f"{label}.input", f"{label}.sum", [(x, -4), (x + SIDE, -4), (x + SIDE, y), (x - 5, y)])
    below = y - 6
    sketch.frame(label, (x - CELL / 2, below - 4, x + CELL / 2, 14), label)
    return below - 4


def _half(sketch: Sketch, label: str, half: str, slot: str, x: float, y: float, ratio: int,
          before: dict[str, str]) -> tuple[float, dict[str, str]]:
    """Light convolutions, then the interaction over both branches; returns where it ends, and what it ends with."""
    shown = ratio if ratio <= 4 else 1
    high = shown * LIGHT + (shown - 1) * 3
    slot_y = y - high - GAP - 10
    name = f"{label}.{slot}"
    sketch.box(name, (x + (A + B) / 2, slot_y), (53.5, 20), decision=name, font=7.5, frame=label)
    for branch, dx, count in (("a", A, 1), ("b", B, shown)):
        tail, step = before[branch], (high - LIGHT) / max(1, count - 1) if count > 1 else 0
        for i in range(count):
            name = f"{label}.{half}_{branch}" + (f".{i}" if count > 1 else "")
            words = "3×3" if branch == "a" or shown == ratio else f"3×3 ({ratio}×)"
            at = y - high / 2 if count == 1 else y - LIGHT / 2 - i * step
            sketch.box(name, (x + dx, at), (25, LIGHT), words, font=6, frame=label)
            sketch.arrow(tail, name, x=x + dx, tip=i == 0)
            tail = name
        sketch.arrow(tail, f"{label}.{slot}", x=x + dx)
    return slot_y - 10 - GAP, {"a": f"{label}.{slot}", "b": f"{label}.{slot}"}


def _between(sketch: Sketch, i: int, gutter: float, x: float, top: float, bottom: float) -> None:
    """From cell i to the next; a transition halves the resolution after cells 2 and 4."""
    tail, head, low = f"cell{i}.sum", f"cell{i + 1}.input", bottom - 7
    start = sketch.graph.nodes[tail]["at"]
    out = [(start[0], start[1] - 5), (start[0], low), (gutter, low)]
    into = [(gutter, top + 24), (x, top + 24), (x, top + 2)]
    if i not in (2, 4):
        sketch.arrow(tail, head, [*out, *into])
        return
    name, middle = f"transition{i // 2}", bottom / 2
    sketch.box(name, (gutter, middle), (13, 13), "½", font=7, shape="circle")
    sketch.arrow(tail, name, [*out, (gutter, middle - 6.5)])
    sketch.arrow(name, head, [(gutter, middle + 6.5), *into])
