"""CE-DARTS: DARTS with a cross-entropy classifier, the search that TCM is compared with (MSINet section 4.5)."""

from __future__ import annotations

from nasreid.arguments import Options
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import Relaxation, named
from nasreid.strategies.shared_objectives import one_classifier
from nasreid.strategies.splits import Same
from nasreid.strategy import Order, Split, Strategy, Twins


class CEDarts(Strategy):
    """Softmax relaxation; all identities in both halves, their images divided; one classifier for both steps.

    relaxation: another one (`nasreid list`), with its arguments. smoothing: of the labels.
    """

    division = Same()

    def __init__(self, relaxation: str | Relaxation = "Softmax", relaxation_args: Options | None = None,
                 smoothing: float = 0.0, order: Order = Order(),
                 architecture: ArchitectureOptimiser = ArchitectureOptimiser()):
        self.relaxation = named(relaxation, relaxation_args)
        self.smoothing, self.order, self.architecture = smoothing, order, architecture

    def objectives(self, width: int, split: Split) -> Twins:
        """One cross-entropy objective for both steps."""
        return one_classifier(width, split, self.smoothing)
