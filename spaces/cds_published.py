"""The network that CDNet's authors found in their space, and its candidates by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nasreid.arguments import Options
from nasreid.errors import NasreidError, one_of

KERNELS = ((3, 5), (3, 7), (5, 7), (3, 9), (5, 9), (7, 9))
REPEATS = (1, 2)
LABELS = tuple(f"stage{stage}.slot{slot}" for stage in (1, 2, 3) for slot in (1, 2))
# CDNet (CVPR 2021), the network of its table of comparisons
CDNET = ("3-5-1", "3-7-2", "5-7-2", "5-9-1", "5-7-2", "5-7-1")
NAMES = ("cdnet",)


def operations() -> Iterator[str]:
    """The names of all candidates of a slot: kernel sizes of the two branches, and how many blocks follow each other.

    >>> list(operations())[:3]
    ['3-5-1', '3-5-2', '3-7-1']
    """
    for first, second in KERNELS:
        for repeats in REPEATS:
            yield f"{first}-{second}-{repeats}"


def sizes_of(operation: str) -> tuple[int, int, int]:
    """The kernel sizes of the two branches and the number of blocks.

    >>> sizes_of("5-9-2")
    (5, 9, 2)

    Raises:
        NasreidError: no operation of the space.
    """
    if operation not in operations():
        raise NasreidError(f"operation {one_of(operation, operations())}")
    first, second, repeats = map(int, operation.split("-"))
    return first, second, repeats


def choices_of(six: Sequence[str]) -> dict[str, str]:
    """Six of the candidates, in the order of the slots -> {label: candidate}."""
    return dict(zip(LABELS, six, strict=True))


def named(name: str) -> tuple[Options, dict[str, str]] | None:
    """Arguments of CDS and choices of the published network, None for another name.

    >>> named("cdnet")[1]["stage2.slot2"]
    '5-9-1'
    """
    return ({}, choices_of(CDNET)) if name == "cdnet" else None
