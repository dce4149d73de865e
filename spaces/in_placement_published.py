"""The hand-made and the published networks of the IN placement space, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from nasreid.arguments import Options
from nasreid.errors import NasreidError, one_of
from nasreid.published import Release

PLACEMENTS = ("plain", "in", "out", "in-out")
LABELS = tuple(f"conv{stage}.block{block}" for stage in (2, 3, 4) for block in (1, 2))
# as the authors' networks have it: IN in the stem, and in place of the last BN of a residual
RELEASED = {"stem_norm": "instance", "replace_bn": True}

# name: (arguments of InPlacement, the six placements). OSNet-AIN: table 1 of the paper, built as its weights were
# released (2,169,508 parameters with the head); OSNet-IBN: the release, IN after the first two blocks and in the stem.
PUBLISHED: dict[str, tuple[Options, tuple[str, ...]]] = {
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


def named(name: str) -> tuple[Options, dict[str, str]] | None:
    """Arguments of InPlacement and choices {label: placement} of a published network, None for another name.

    >>> named("osnet-ibn")[1]["conv2.block2"]
    'out'
    """
    if name not in PUBLISHED:
        return None
    arguments, placements = PUBLISHED[name]
    return dict(arguments), choices_of(placements)


NAMINGS = ("osnet-ain", "osnet")
STREAMS = 8  # more than anyone has built
_FIRST = {"space.stem.conv": "conv1.conv", "space.stem.bn": "conv1.bn", "space.conv5.conv": "conv5.conv",
          "space.conv5.bn": "conv5.bn", "neck.fc": "fc.0", "neck.bn": "fc.1", "classifier": "classifier"}
_INSIDE = {"reduce.conv": "conv1.conv", "reduce.bn": "conv1.bn", "identity.conv": "downsample.conv",
           "identity.bn": "downsample.bn", "gate.squeeze": "gate.fc1", "gate.excite": "gate.fc2",
           "expand": "conv3.conv", "tail.bn": "conv3.bn", "tail.instance": "IN", "tail.inner": "IN_in",
           "tail.outer": "IN_out"}
_LIGHT = {"pointwise": "conv1", "depthwise": "conv2", "bn": "bn"}


def official_key(ours: str, naming: str = "osnet-ain") -> str:
    """Our key -> the key of the same weight in a published checkpoint of that naming.

    >>> official_key("space.conv3.block2.streams.1.0.depthwise.weight")
    'conv3.1.conv2.1.layers.0.conv2.weight'
    >>> official_key("space.conv3.block2.streams.1.0.depthwise.weight", "osnet")
    'conv3.1.conv2b.0.conv2.weight'
    """
    if naming not in NAMINGS:
        raise NasreidError(f"naming {one_of(naming, NAMINGS)}")
    return _translated(ours, _table(naming))


def our_key(official: str) -> str:
    """The inverse of `official_key`, for both namings.

    >>> our_key("conv2.0.os_block.3.IN_out.weight")
    'space.conv2.block1.in-out.tail.outer.weight'
    """
    return _translated(official, _inverse())


def _translated(key: str, table: dict[str, str]) -> str:
    module, _, leaf = key.rpartition(".")
    if module not in table:
        raise NasreidError(f"key {key!r}: expected a weight of OSNet, such as {next(iter(table))}.weight")
    return f"{table[module]}.{leaf}"


@cache
def _table(naming: str) -> dict[str, str]:
    table = dict(_FIRST)
    for stage in (2, 3):
        place = f"pool{stage}.0" if naming == "osnet-ain" else f"conv{stage}.2.0"
        table |= {f"space.transition{stage}.{part}": f"{place}.{part}" for part in ("conv", "bn")}
    for stage in (2, 3, 4):
        for number in (1, 2):
            ours, official = f"space.conv{stage}.block{number}", f"conv{stage}.{number - 1}"
            table |= _block(ours, official, naming)
            for index, name in enumerate(PLACEMENTS if naming == "osnet-ain" else ()):
                table |= _block(f"{ours}.{name}", f"{official}.os_block.{index}", naming)
    return table


def _block(ours: str, official: str, naming: str) -> dict[str, str]:
    inside = _INSIDE | dict(_streams(naming))
    return {f"{ours}.{key}": f"{official}.{value}" for key, value in inside.items()}


def _streams(naming: str) -> Iterator[tuple[str, str]]:
    for stream in range(STREAMS):
        letter = f"conv2{chr(ord('a') + stream)}"
        for layer in range(stream + 1):
            place = f"{letter}.{layer}" if stream else letter
            place = f"conv2.{stream}.layers.{layer}" if naming == "osnet-ain" else place
            yield from ((f"streams.{stream}.{layer}.{k}", f"{place}.{v}") for k, v in _LIGHT.items())


@cache
def _inverse() -> dict[str, str]:
    return {official: ours for naming in NAMINGS for ours, official in _table(naming).items()}


RELEASES = {**{kind: Release(kind, partial(official_key, naming="osnet"), "torchreid")
               for kind in ("osnet", "osnet-ibn")},
            "osnet-ain": Release("osnet-ain", official_key, "torchreid")}
