"""The search of CM-NAS, section 3.2: bi-level, over disjoint identities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.objective import Objective, Weighted
from nasreid.objectives.c3mmd import C3MMD
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.objectives.cross_triplet import CrossModalityTriplet
from nasreid.objectives.memory import Memory
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import relaxation as relaxation_named
from nasreid.strategy import Part, Split, Strategy, Twins


class CMNAS(Strategy):
    """Softmax relaxation; identities divided 8:2 between the steps; L = classification + triplet + C3MMD in both.

    The paper asks for the same loss on identities that no classifier has seen, and its search code was never released.
    A linear classifier for them could learn only from the very loss that should judge the architecture, and its weights
    would be those of a third optimisation. So the architecture step classifies against a memory: one centroid for each
    validation identity, which follows the features and has nothing to train. The weight step has its classifier.

    train: share of the identities for the weight step; the rest validates. margin: of the triplet loss. cmmd,
    correlation, root: see C3MMD. smoothing: of the labels. temperature, momentum: of the memory. The remaining
    arguments are those of ArchitectureOptimiser, of which the paper says nothing.
    """

    def __init__(self, train: float = 0.8, relaxation: str = "softmax", smoothing: float = 0.0, margin: float = 0.4,
                 cmmd: float = 0.05, correlation: float = 5.0, root: bool = True, temperature: float = 0.05,
                 momentum: float = 0.2, architecture_lr: float | None = 0.002,
                 architecture_betas: Sequence[float] = (0.9, 0.999), architecture_weight_decay: float = 0.0,
                 architecture_milestones: Sequence[int] | None = None, architecture_warmup_epochs: int = 0,
                 architecture_optimiser: str = "adam", architecture_schedule: str = "multistep"):
        self.relaxation = relaxation_named(relaxation)
        self.train, self.smoothing, self.margin = train, smoothing, margin
        self.c3mmd, self.root = (cmmd, correlation), root
        self.memory = (temperature, momentum)
        self.architecture = ArchitectureOptimiser(
            architecture_lr, architecture_betas, architecture_weight_decay, architecture_milestones,
            architecture_warmup_epochs, architecture_optimiser, architecture_schedule)

    def split(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame -> two parts without a common identity."""
        identities = frame["identity"].to_numpy()
        known = np.unique(identities)
        cut = round(self.train * len(known))
        if min(cut, len(known) - cut) < 2:
            raise NasreidError(f"train share {self.train} divides {len(known)} identities into {cut} and "
                               f"{len(known) - cut}; expected at least 2 in each part")
        shuffled = rng.permutation(known)
        return Split(_part(identities, shuffled[:cut]), _part(identities, shuffled[cut:]))

    def objectives(self, width: int, split: Split) -> Twins:
        """Eq. 10 for each step, with a classifier for the weights and a memory for the architecture."""
        if split.architecture is None:
            raise NasreidError("CM-NAS needs a split with an architecture part, got a single-level one")
        return Twins(self._loss(CrossEntropy(split.weights.classes, width, smoothing=self.smoothing)),
                     self._loss(Memory(split.architecture.classes, width, *self.memory)))

    def _loss(self, classification: Objective) -> Objective:
        modalities = C3MMD(*self.c3mmd, root=self.root)
        return Weighted((1.0, classification), (1.0, CrossModalityTriplet(self.margin)), (1.0, modalities))


def _part(identities: np.ndarray, classes: np.ndarray) -> Part:
    order = np.sort(classes)
    rows = np.flatnonzero(np.isin(identities, order))
    return Part(rows, np.searchsorted(order, identities[rows]), len(order))
