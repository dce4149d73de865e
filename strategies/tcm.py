"""Twins Contrastive Mechanism (TCM): MSINet, section 3.1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.objectives.memory import Memory
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import relaxation as relaxation_named
from nasreid.strategies.splits import official, overlapping
from nasreid.strategy import Order, Split, Strategy, Twins


class TCM(Strategy):
    """Softmax relaxation, overlapping identities, and one contrastive memory for each of the two steps (eq. 2, 3).

    The memories need no classifier, so the two parts need not hold the same identities. Defaults follow the paper;
    what the official code does otherwise is in the recipe `msinet-official`.

    train, validation: shares of the identities. split: "random" or "official" (fixed 60/80 by label order).
    temperature, momentum: of the memories (tau and beta). start: "centroids" or "zeros". renormalise: unit length
    after each update. The remaining arguments are those of Order and ArchitectureOptimiser.
    """

    def __init__(self, train: float = 0.6, validation: float = 0.8, split: str = "random", relaxation: str = "softmax",
                 temperature: float = 0.05, momentum: float = 0.2, start: str = "centroids", renormalise: bool = False,
                 architecture_lr: float | None = 0.002, architecture_betas: Sequence[float] = (0.9, 0.999),
                 architecture_weight_decay: float = 0.0, architecture_milestones: Sequence[int] | None = None,
                 architecture_warmup_epochs: int = 0, architecture_optimiser: str = "adam",
                 architecture_schedule: str = "multistep", architecture_first: bool = False, skip_first: bool = False,
                 keep_validation_gradient: bool = False, learn_inside: bool = False):
        if split not in ("random", "official"):
            raise NasreidError(f"split {split!r}: expected random or official")
        self.relaxation = relaxation_named(relaxation)
        self.shares = (train, validation)
        self.kind = split
        self.memory = {"temperature": temperature, "momentum": momentum, "start": start, "renormalise": renormalise}
        self.order = Order(architecture_first, skip_first, keep_validation_gradient, learn_inside)
        self.architecture = ArchitectureOptimiser(
            architecture_lr, architecture_betas, architecture_weight_decay, architecture_milestones,
            architecture_warmup_epochs, architecture_optimiser, architecture_schedule)

    def split(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame -> two parts with partly common identities."""
        identities = frame["identity"].to_numpy()
        return official(identities) if self.kind == "official" else overlapping(identities, *self.shares, rng)

    def objectives(self, width: int, split: Split) -> Twins:
        """One memory (C, D) for each part, each with its own classes."""
        if split.architecture is None:
            raise NasreidError("TCM needs a split with an architecture part, got a single-level one")
        return Twins(Memory(split.weights.classes, width, **self.memory),
                     Memory(split.architecture.classes, width, **self.memory))
