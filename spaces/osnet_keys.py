"""Names of the weights in the published OSNet checkpoints, and ours: one table, read in both directions.

Ours are the keys of `Network(space, FCNeck(width)).state_dict()`, where space is an IN placement space with weights of
its own for each candidate (then the candidate's name stands in the key) or a network frozen from any (it does not):

    space.stem                                  conv1
    space.convS.blockB                          convS.(B - 1)
    space.convS.blockB.NAME                     convS.(B - 1).os_block.K, K = 0 plain, 1 in, 2 out, 3 in-out
    space.transitionS                           poolS.0 (naming "osnet-ain") or convS.2.0 ("osnet")
    space.conv5, neck.fc, neck.bn, classifier   conv5, fc.0, fc.1, classifier
    in a block
      reduce, identity                          conv1, downsample
      streams.T.L                               conv2.T.layers.L ("osnet-ain"); conv2a, conv2b.L, conv2c.L … ("osnet")
      pointwise, depthwise (light convolution)  conv1, conv2
      gate.squeeze, gate.excite                 gate.fc1, gate.fc2
      expand, tail.bn                           conv3.conv, conv3.bn
      tail.instance, tail.inner, tail.outer     IN, IN_in, IN_out

The release names streams and transitions in two ways: "osnet" (OSNet and OSNet-IBN) and "osnet-ain" (OSNet-AIN, child
networks, supernet). The classifier belongs to an objective, not to the network: put that prefix before its keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from nasreid.errors import NasreidError
from nasreid.spaces.osnet_blocks import PLACEMENTS

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
        raise NasreidError(f"naming {naming!r}: expected one of {', '.join(NAMINGS)}")
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
