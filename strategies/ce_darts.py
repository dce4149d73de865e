"""CE-DARTS: DARTS with a cross-entropy classifier, the search that TCM is compared with (MSINet section 4.5)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import relaxation as relaxation_named
from nasreid.strategies.splits import overlapping
from nasreid.strategy import Split, Strategy, Twins


class CEDarts(Strategy):
    """Softmax relaxation; all identities in both parts, their images divided; one classifier for both steps.

    smoothing: of the labels. The remaining arguments are those of ArchitectureOptimiser.
    """

    def __init__(self, relaxation: str = "softmax", smoothing: float = 0.0, architecture_lr: float | None = 0.002,
                 architecture_betas: Sequence[float] = (0.9, 0.999), architecture_weight_decay: float = 0.0,
                 architecture_milestones: Sequence[int] | None = None, architecture_warmup_epochs: int = 0,
                 architecture_optimiser: str = "adam", architecture_schedule: str = "multistep"):
        self.relaxation = relaxation_named(relaxation)
        self.smoothing = smoothing
        self.architecture = ArchitectureOptimiser(
            architecture_lr, architecture_betas, architecture_weight_decay, architecture_milestones,
            architecture_warmup_epochs, architecture_optimiser, architecture_schedule)

    def split(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame -> two parts with the same identities and different images of them."""
        return overlapping(frame["identity"].to_numpy(), 1.0, 1.0, rng)

    def objectives(self, width: int, split: Split) -> Twins:
        """One cross-entropy objective, shared: the architecture step reads the classifier that the weight step made."""
        shared = CrossEntropy(split.weights.classes, width, smoothing=self.smoothing)
        return Twins(shared, shared)
