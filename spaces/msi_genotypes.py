"""Genotypes of the MSI space as the paper writes them: twelve letters, two per cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nasreid.errors import NasreidError

LETTERS = {"N": "none", "E": "exchange", "G": "gate", "A": "attention"}
LABELS = tuple(f"cell{cell}.interaction{slot}" for cell in range(1, 7) for slot in (1, 2))

# MSINet supplement, table 7 (the first row is also the paper's table 1).
PUBLISHED = {"MSINet": "GGEGAGGNGAEA", "MSINet-VR": "GGEAGAGAAAEA", "MSINet-S": "EAGAAAGAEAEA"}


def choices_of(letters: str) -> dict[str, str]:
    """Twelve of the letters N, E, G, A -> {label: operation}.

    >>> choices_of(PUBLISHED["MSINet"])["cell2.interaction1"]
    'exchange'
    """
    if len(letters) != len(LABELS) or not set(letters) <= set(LETTERS):
        raise NasreidError(f"genotype {letters!r}: expected {len(LABELS)} of the letters {', '.join(LETTERS)}")
    return {label: LETTERS[letter] for label, letter in zip(LABELS, letters, strict=True)}


def published(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Arguments of MSI and choices {label: operation} of a published network: msinet, msinet-vr or msinet-s.

    >>> published("msinet-vr")[1]["cell2.interaction1"]
    'exchange'
    """
    letters = {known.lower(): letters for known, letters in PUBLISHED.items()}
    if name not in letters:
        raise NasreidError(f"genotype {name!r}: expected one of {', '.join(letters)}")
    return {}, choices_of(letters[name])


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
