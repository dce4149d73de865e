"""Genotypes of the MSI space as the paper writes them, twelve letters, two per cell; and by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nasreid.errors import NasreidError

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


def named(name: str) -> tuple[dict[str, Any], dict[str, str]] | None:
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
            raise NasreidError(f"choice {label!r} is {choices.get(label)!r}; expected one of {', '.join(letter)}")
    return "".join(letter[choices[label]] for label in LABELS)
