"""The attention placement space as a picture: the stages of ResNet-50 in a row, what attends to each behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nasreid.pictures.diagram.sketch import TWO_COLUMNS, Sketch
from nasreid.spaces.attention_placement_published import EVERY, LABELS

PILL, STAGE, SLOT, HIGH = 32.0, 40.0, 42.0, 22.0


def picture(choices: Mapping[str, str], /, depths: Sequence[int] = (3, 4, 6, 3), **arguments: object) -> Sketch | None:
    """Images, stem, then stage and attention four times, and the maps."""
    if set(choices) != set(LABELS) or not set(choices.values()) <= set(EVERY) or len(depths) != 4:
        return None
    sketch, widths = Sketch(), [PILL, PILL, *(STAGE, SLOT) * 4, PILL]
    gap = (TWO_COLUMNS - sum(widths)) / (len(widths) - 1)
    at = [sum(widths[:i]) + i * gap + width / 2 for i, width in enumerate(widths)]
    sketch.box("images", (at[0], 0), (PILL, 14), "images")
    sketch.box("stem", (at[1], 0), (PILL, 14), "stem")
    for stage, label in enumerate(LABELS, 1):
        sketch.box(f"stage{stage}", (at[2 * stage], 0), (STAGE, HIGH), f"stage {stage}, {depths[stage - 1]}×",
                   font=5.5)
        sketch.box(label, (at[2 * stage + 1], 0), (SLOT, HIGH), decision=label, font=7.5, slot="attention")
    sketch.box("maps", (at[-1], 0), (PILL, 14), "maps")
    names = list(sketch.graph)
    for i in range(len(names) - 1):
        sketch.arrow(names[i], names[i + 1], [(at[i] + widths[i] / 2, 0), (at[i + 1] - widths[i + 1] / 2, 0)])
    return sketch
