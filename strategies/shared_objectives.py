"""Objectives that several strategies share: values that make them for a split."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.objectives.divided_memory import DividedMemory
from nasreid.objectives.memory import Memory
from nasreid.strategy import Part, Split, Twins


@dataclass(frozen=True)
class MemoryOptions:
    """Options of a contrastive memory; see `nasreid.objectives.memory.Memory`.

    temperature, momentum: tau and beta of MSINet's eq. 2 and 3. start: "centroids" or "zeros". renormalise: unit
    length after each update. divided: the devices of a run divide the rows among them (`DividedMemory`).
    """

    temperature: float = 0.05
    momentum: float = 0.2
    start: Literal["centroids", "zeros"] = "centroids"
    renormalise: bool = False
    divided: bool = False

    def of(self, part: Part, width: int) -> Memory | DividedMemory:
        """The memory (C, D) of one half of the data."""
        options = asdict(self)
        return (DividedMemory if options.pop("divided") else Memory)(part.classes, width, **options)


def one_classifier(width: int, split: Split, smoothing: float = 0.0) -> Twins:
    """One cross-entropy objective, shared: the architecture step reads the classifier that the weight step made."""
    shared = CrossEntropy(split.train.classes, width, smoothing=smoothing)
    return Twins(shared, shared)
