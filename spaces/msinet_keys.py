"""Names of the weights in the published MSINet checkpoints, and ours: one table, read in both directions.

Ours are the keys of `Network(space, neck).state_dict()`, where space is an MSI space (open or relaxed: the candidates
of a choice carry their names) or a network frozen from it (they do not), and neck is TwoFeatureNeck or BNNeck:

    space.stem                          conv1
    space.cell1 2 | 3 4 | 5 6           cells.0 1 | 3 4 | 6 7
    space.transition1 | 2               cells.2.0 | cells.5.0
    in a cell
      reduce_a, first_a, second_a, expand_a     conv1a, conv2a, conv3a, conv4a (and so for b)
      interaction1, interaction2                _op2, _op3
      interaction1.NAME                         _op2s.J, J = 0 none, 1 gate, 2 attention, 3 exchange
      pointwise, depthwise (light convolution)  conv1, conv2
      squeeze, excite (gate)                    fc1, fc2
      identity                                  downsample
    neck.bn, neck.fc                    head, fc
    neck.local_conv, .local_bn, .local_fc       f_conv, f_head, f_fc
    classifier, local_classifier        classifier, f_classifier
    alignment.query, .key               align_module.pos_pam.query_conv, .key_conv

Classifiers and spatial alignment belong to objectives, not to the network: put these prefixes before their keys. For a
cell alone, put `space.cell1.` before ours and take `cells.0.` off theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nasreid.errors import NasreidError

_OFFICIAL_ORDER = ("none", "gate", "attention", "exchange")
_FIRST = {
    "space.stem": "conv1",
    **{f"space.cell{number}": f"cells.{index}" for number, index in enumerate((0, 1, 3, 4, 6, 7), start=1)},
    "space.transition1": "cells.2.0",
    "space.transition2": "cells.5.0",
    "neck.bn": "head",
    "neck.fc": "fc",
    "neck.local_conv": "f_conv",
    "neck.local_bn": "f_head",
    "neck.local_fc": "f_fc",
    "classifier": "classifier",
    "local_classifier": "f_classifier",
    "alignment.query": "align_module.pos_pam.query_conv",
    "alignment.key": "align_module.pos_pam.key_conv",
}
_INSIDE = {
    **{f"{ours}_{b}": f"conv{i}{b}" for i, ours in enumerate(("reduce", "first", "second", "expand"), 1) for b in "ab"},
    "interaction1": "_op2",
    "interaction2": "_op3",
    **{f"interaction{i}.{name}": f"_op{i + 1}s.{j}" for i in (1, 2) for j, name in enumerate(_OFFICIAL_ORDER)},
    "pointwise": "conv1",
    "depthwise": "conv2",
    "squeeze": "fc1",
    "excite": "fc2",
    "identity": "downsample",
}
_LEAVES = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked", "gamma"}


def official_key(ours: str) -> str:
    """Our key -> the key of the same weight in a published checkpoint.

    >>> official_key("space.cell3.interaction2.gate.squeeze.bias")
    'cells.3._op3s.1.fc1.bias'
    """
    return ".".join(_translated(ours, _FIRST, _INSIDE))


def our_key(official: str) -> str:
    """The inverse of `official_key`.

    >>> our_key("cells.2.0.bn.running_var")
    'space.transition1.bn.running_var'
    """
    return ".".join(_translated(official, _inverse(_FIRST), _inverse(_INSIDE)))


def _translated(key: str, first: Mapping[str, str], inside: Mapping[str, str]) -> Iterator[str]:
    """Replace the longest known piece at each place; pieces that both sides name alike stay."""
    words = key.split(".")
    if words[-1] not in _LEAVES:
        raise NasreidError(f"key {key!r}: expected a weight of MSINet, ending in one of {', '.join(sorted(_LEAVES))}")
    at, known = 0, first
    while at < len(words):
        pieces = {n: ".".join(words[at : at + n]) for n in (3, 2, 1)}
        size = next((n for n, piece in pieces.items() if piece in known), 1)
        if at == 0 and pieces[size] not in known:
            raise NasreidError(f"key {key!r}: expected a weight of MSINet, beginning with one of {', '.join(first)}")
        yield known.get(pieces[size], pieces[size])
        at, known = at + size, inside


def _inverse(table: Mapping[str, str]) -> dict[str, str]:
    return {value: key for key, value in table.items()}
