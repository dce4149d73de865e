"""Genotypes of the MSI space as the paper writes them, twelve letters, two per cell; and by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nasreid.arguments import Options
from nasreid.errors import NasreidError, one_of
from nasreid.published import Release

LETTERS = {"N": "none", "E": "exchange", "G": "gate", "A": "attention"}
LABELS = tuple(f"cell{cell}.interaction{slot}" for cell in range(1, 7) for slot in (1, 2))

# MSINet supplement, table 7 (the first row is also the paper's table 1).
PUBLISHED = {"MSINet": "GGEGAGGNGAEA", "MSINet-VR": "GGEAGAGAAAEA", "MSINet-S": "EAGAAAGAEAEA"}
NAMES = ("msinet", "msinet-vr", "msinet-s", "msi-none", "msi-exchange", "msi-gate", "msi-attention", "msi-random-SEED")


def choices_of(letters: str) -> dict[str, str]:
    """Twelve of the letters N, E, G, A -> {label: operation}.

    >>> choices_of(PUBLISHED["MSINet"])["cell2.interaction1"]
    'exchange'
    """
    if len(letters) != len(LABELS) or not set(letters) <= set(LETTERS):
        raise NasreidError(f"genotype {letters!r}: expected {len(LABELS)} of the letters {', '.join(LETTERS)}")
    return {label: LETTERS[letter] for label, letter in zip(LABELS, letters, strict=True)}


def named(name: str) -> tuple[Options, dict[str, str]] | None:
    """Arguments of MSI and choices {label: operation} of a genotype by name, None for another name.

    msinet, msinet-vr and msinet-s are published. msi-none, msi-exchange, msi-gate and msi-attention have one operation
    throughout (fig. 5b); msi-random-SEED is drawn uniformly from any whole number SEED.

    >>> named("msinet-vr")[1]["cell2.interaction1"]
    'exchange'
    """
    published = {known.lower(): letters for known, letters in PUBLISHED.items()}
    single = {f"msi-{operation}": 12 * letter for letter, operation in LETTERS.items()}
    kind, _, seed = name.rpartition("-")
    if kind == "msi-random" and seed.isdecimal():
        return {}, choices_of("".join(np.random.default_rng(int(seed)).choice(list(LETTERS), len(LABELS))))
    letters = {**published, **single}.get(name)
    return None if letters is None else ({}, choices_of(letters))


def letters_of(choices: Mapping[str, str]) -> str:
    """{label: operation} -> twelve letters; the inverse of `choices_of`.

    >>> letters_of(choices_of("GGEGAGGNGAEA"))
    'GGEGAGGNGAEA'
    """
    letter = {name: letter for letter, name in LETTERS.items()}
    for label in LABELS:
        if choices.get(label) not in letter:
            raise NasreidError(f"choice {label!r} is {one_of(choices.get(label), letter)}")
    return "".join(letter[choices[label]] for label in LABELS)


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


RELEASES = {"msinet": Release("msinet", official_key)}
