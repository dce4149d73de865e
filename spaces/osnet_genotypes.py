"""The hand-made and the published networks of the IN placement space, by name."""

from __future__ import annotations

from typing import Any

from nasreid.errors import NasreidError
from nasreid.spaces.osnet_blocks import PLACEMENTS

LABELS = tuple(f"conv{stage}.block{block}" for stage in (2, 3, 4) for block in (1, 2))
# as the authors' networks have it: IN in the stem, and in place of the last BN of a residual
RELEASED = {"stem_norm": "instance", "replace_bn": True}

# name: (arguments of InPlacement, the six placements). OSNet-AIN: table 1 of the paper, built as its weights were
# released (2,169,508 parameters with the head); OSNet-IBN: the release, IN after the first two blocks and in the stem.
PUBLISHED: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "osnet": ({}, ("plain",) * 6),
    "osnet-ibn": ({"stem_norm": "instance"}, ("out", "out", "plain", "plain", "plain", "plain")),
    "osnet-ain": (RELEASED, ("in", "in", "plain", "in", "in", "plain")),
}
NAMES = tuple(PUBLISHED)


def choices_of(placements: tuple[str, ...]) -> dict[str, str]:
    """Six of the placements, in the order of the blocks -> {label: placement}.

    >>> choices_of(PUBLISHED["osnet-ain"][1])["conv3.block1"]
    'plain'
    """
    if len(placements) != len(LABELS) or not set(placements) <= set(PLACEMENTS):
        raise NasreidError(f"placements {list(placements)!r}: expected {len(LABELS)} of {', '.join(PLACEMENTS)}")
    return dict(zip(LABELS, placements, strict=True))


def named(name: str) -> tuple[dict[str, Any], dict[str, str]] | None:
    """Arguments of InPlacement and choices {label: placement} of a published network, None for another name.

    >>> named("osnet-ibn")[1]["conv2.block2"]
    'out'
    """
    if name not in PUBLISHED:
        return None
    arguments, placements = PUBLISHED[name]
    return dict(arguments), choices_of(placements)
