"""Twins Contrastive Mechanism (TCM): MSINet, section 3.1."""

from __future__ import annotations

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import Relaxation, named
from nasreid.strategies.shared_objectives import MemoryOptions
from nasreid.strategies.splits import Official, Overlapping
from nasreid.strategy import Order, Split, Strategy, Twins


class TCM(Strategy):
    """Softmax relaxation, overlapping identities, and one contrastive memory for each of the two steps (eq. 2, 3).

    The memories need no classifier, so the two halves need not hold the same identities. Defaults follow the paper;
    what the official code does otherwise is in the recipe `msinet-official`.

    train, validation: shares of the identities. split: "random" or "official" (fixed 60/80 by label order).
    relaxation: another one (`nasreid list`), with its arguments.
    """

    def __init__(self, train: float = 0.6, validation: float = 0.8, split: str = "random",
                 relaxation: str | Relaxation = "Softmax", relaxation_args: Options | None = None,
                 memory: MemoryOptions = MemoryOptions(), order: Order = Order(),
                 architecture: ArchitectureOptimiser = ArchitectureOptimiser()):
        if split not in ("random", "official"):
            raise NasreidError(f"split {split!r}: expected random or official")
        if split == "official" and (train, validation) != (0.6, 0.8):
            raise NasreidError(f"split official with train {train} and validation {validation}: it is fixed at 0.6 and "
                               "0.8; expected neither, or split random")
        self.relaxation = named(relaxation, relaxation_args)
        self.division = Official() if split == "official" else Overlapping(train, validation)
        self.memory, self.order, self.architecture = memory, order, architecture

    def objectives(self, width: int, split: Split) -> Twins:
        """One memory (C, D) for each half, each with its own classes."""
        return Twins(*(self.memory.of(part, width) for part in split.both()))
