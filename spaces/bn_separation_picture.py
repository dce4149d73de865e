"""BN separation as a picture: a strip of the BatchNorms (CM-NAS, fig. 4) under the picture of the inner space."""

from __future__ import annotations

from collections.abc import Mapping

from nasreid.pictures.diagram.sketch import ONE_COLUMN, TWO_COLUMNS, Sketch, sketch_of
from nasreid.pictures.diagram.strip import strip

STATES = ("share", "separate")
RESNET = {"bn1": "s1", **{f"layer{i}": f"s{i + 1}" for i in (1, 2, 3, 4)}}  # the paper's names, fig. 2


def picture(choices: Mapping[str, str], /, inner: str = "nasreid.spaces.resnet:ResNet50",
            inner_args: Mapping[str, object] | None = None, **arguments: object) -> Sketch | None:
    """The inner space's picture, if it has decisions, over the strip of the BatchNorms.

    What is inside a candidate that is not chosen is left out.
    """
    norms = [label for label, name in choices.items() if name in STATES]
    others = {label: name for label, name in choices.items() if name not in STATES}
    left_out = {label for label in norms if any(_unused(label, d, name, norms) for d, name in others.items())}
    shown = [label for label in norms if label not in left_out]
    if not shown:
        return None
    if not others:
        return strip(shown, *STATES, ONE_COLUMN, RESNET)
    sketch = sketch_of(inner, inner_args or {}, others)
    if sketch is None or sketch.others:
        sketch = strip(shown, *STATES, min(TWO_COLUMNS, 30.0 * len(shown) + 60))
        sketch.left_out, sketch.others = left_out, set(others)
        return sketch
    left, bottom, right, _ = sketch.corners()
    sketch.put(strip(shown, *STATES, max(TWO_COLUMNS, right - left)), (left, bottom - 16))
    sketch.left_out |= left_out
    return sketch


def _unused(label: str, decision: str, chosen: str, norms: list[str]) -> bool:
    """Whether a BatchNorm is inside another candidate of `decision` than the chosen one."""
    if not label.startswith(f"{decision}."):
        return False
    for like in norms:  # where candidates' names stand: those of the chosen one show it
        parts = like.split(".")
        depth = decision.count(".") + 1
        at = next((i for i, part in enumerate(parts) if i >= depth and part == chosen), None)
        if like.startswith(f"{decision}.") and at is not None:
            mine = label.split(".")
            return mine[:at] == parts[:at] and mine[at] != chosen
    return False
