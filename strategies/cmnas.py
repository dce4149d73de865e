"""The search of CM-NAS, section 3.2: bi-level, over disjoint identities."""

from __future__ import annotations

from dataclasses import dataclass

from nasreid.arguments import Options
from nasreid.objective import Objective, Weighted
from nasreid.objectives.c3mmd import C3MMD
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.objectives.cross_triplet import CrossModalityTriplet
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import Relaxation, named
from nasreid.strategies.shared_objectives import MemoryOptions
from nasreid.strategies.splits import Disjoint
from nasreid.strategy import Order, Split, Strategy, Twins


@dataclass(frozen=True)
class CMNASLoss:
    """What joins the classification in eq. 10. margin: of the triplet loss. cmmd, correlation, root: see C3MMD."""

    margin: float = 0.4
    cmmd: float = 0.05
    correlation: float = 5.0
    root: bool = True

    def of(self, classification: Objective) -> Objective:
        """Eq. 10 with this classification loss."""
        modalities = C3MMD(self.cmmd, self.correlation, root=self.root)
        return Weighted((1.0, classification), (1.0, CrossModalityTriplet(self.margin)), (1.0, modalities))


class CMNAS(Strategy):
    """Softmax relaxation; identities divided 8:2 between the steps; L = classification + triplet + C3MMD in both.

    The paper asks for the same loss on identities that no classifier has seen, and its search code was never released.
    A linear classifier for them could learn only from the very loss that should judge the architecture, and its weights
    would be those of a third optimisation. So the architecture step classifies against a memory: one centroid for each
    validation identity, which follows the features and has nothing to train. The weight step has its classifier.

    train: share of the identities for the weight step; the rest validates. relaxation: another one (`nasreid list`),
    with its arguments. smoothing: of the labels. Of the optimiser
    of the alphas and of the order of the steps the paper says nothing.
    """

    def __init__(self, train: float = 0.8, relaxation: str | Relaxation = "Softmax",
                 relaxation_args: Options | None = None, smoothing: float = 0.0, loss: CMNASLoss = CMNASLoss(),
                 memory: MemoryOptions = MemoryOptions(), order: Order = Order(),
                 architecture: ArchitectureOptimiser = ArchitectureOptimiser()):
        self.relaxation = named(relaxation, relaxation_args)
        self.division = Disjoint(train)
        self.smoothing, self.loss, self.memory = smoothing, loss, memory
        self.order, self.architecture = order, architecture

    def objectives(self, width: int, split: Split) -> Twins:
        """Eq. 10 for each step, with a classifier for the weights and a memory for the architecture."""
        train, validation = split.both()
        return Twins(self.loss.of(CrossEntropy(train.classes, width, smoothing=self.smoothing)),
                     self.loss.of(self.memory.of(validation, width)))
