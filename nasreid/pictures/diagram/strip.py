"""Many two-way decisions as a strip of tiles, one a layer, as in figure 4 of CM-NAS."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf

from nasreid.pictures.diagram.sketch import Sketch

HIGH, SPLIT, FONT = 22.0, 2.0, 7.0
AFTER_STAGE, AFTER_BLOCK = 4.0, 1.3


def strip(labels: Sequence[str], whole: str, halves: str, width: float, titles: Mapping[str, str] | None = None,
          top: float = 0.0) -> Sketch:
    """A sketch of decisions in the given order: one tile for the choice `whole`, two halves for `halves`.

    Labels whose first parts agree are a stage, those whose second parts agree, if numbered, a block; titles
    {first part: name} rename stages. `width` in points; the strip's upper edge is at `top`.
    """
    sketch, pitch = Sketch(), _pitch(labels, width)
    stages: dict[str, list[float]] = {}
    blocks: dict[tuple[str, str], list[float]] = {}
    x, before = 0.0, ""
    for label in labels:
        x += _gap(before, label) if before else 0.0
        _tiles(sketch, label, x, pitch, whole, halves, top)
        stages.setdefault(_stage(label), []).extend([x, x + pitch])
        if _block(label):
            blocks.setdefault((_stage(label), _block(label)), []).extend([x, x + pitch])
        x, before = x + pitch, label
    base = top - HIGH - 9
    for (stage, block), at in blocks.items():
        sketch.text(f"{stage}.{block}.number", ((min(at) + max(at)) / 2, base), block, FONT)
    low = _brackets(sketch, stages, titles or {}, base - (8 if blocks else 0))
    sketch.text("(halves)", (x / 2, low - 10), f"{halves}: upper half visible, lower half infrared", FONT)
    return sketch


def _tiles(sketch: Sketch, label: str, x: float, pitch: float, whole: str, halves: str, top: float) -> None:
    wide, half, middle = pitch - 0.5, (HIGH - SPLIT) / 2, x + pitch / 2
    sketch.box(label, (middle, top - HIGH / 2), (wide, HIGH), decision=label, only=(whole,), role="tile")
    for name, y in (("visible", top - half / 2), ("infrared", top - HIGH + half / 2)):
        sketch.box(f"{label} ({name})", (middle, y), (wide, half), decision=label, only=(halves,), role="tile")
    sketch.box(f"{label} (changed)", (middle, top - HIGH - 3.2), (wide, 2.4), decision=label, role="mark")


def _brackets(sketch: Sketch, stages: Mapping[str, Sequence[float]], titles: Mapping[str, str], y: float) -> float:
    """A line under each stage, and its name; one that is much wider than the stage or meets another stands lower.

    Returns the height of the lowest name.
    """
    ends: dict[int, float] = {}  # where the last name of each line of names ends
    for stage, at in stages.items():
        left, right, title = min(at), max(at), titles.get(stage, stage)
        middle, wide = (left + right) / 2, 0.66 * FONT * len(title)
        low = 1 if wide > right - left + 14 else 0
        while ends.get(low, -inf) > middle - wide / 2:
            low += 1
        ends[low] = middle + wide / 2
        sketch.text(f"{stage} (title)", (middle, y - 6 - 8 * low), title, FONT)
        sketch.box(f"{stage} (line)", (middle, y + 1), (right - left, 0.8), role="line")
        if low:
            sketch.box(f"{stage} (tick)", (middle, y + 0.5 - 4 * low), (0.8, 8 * low - 1), role="line")
    return y - 6 - 8 * max(ends, default=0)


def _pitch(labels: Sequence[str], width: float) -> float:
    gaps = sum(_gap(a, b) for a, b in pairwise(labels))
    return (width - gaps) / max(1, len(labels))


def _gap(a: str, b: str) -> float:
    if _stage(a) != _stage(b):
        return AFTER_STAGE
    return AFTER_BLOCK if _block(a) != _block(b) else 0.0


def _stage(label: str) -> str:
    return label.split(".")[0]


def _block(label: str) -> str:
    """Its number from one, or "" when the label has none: layer1.0.bn1 -> 1, conv2.block1.reduce.bn -> 1."""
    found = re.match(r"[^.]+\.(block)?(\d+)\.", label)
    return "" if not found else found[2] if found[1] else str(int(found[2]) + 1)
