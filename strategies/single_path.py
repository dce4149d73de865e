"""Single-path search: one candidate of each decision at a time."""

from __future__ import annotations

from nasreid.optimisers import ArchitectureOptimiser
from nasreid.ranges import whole
from nasreid.relaxation import SinglePath as DrawnPath
from nasreid.relaxation import UniformPath
from nasreid.strategies.shared_objectives import one_classifier
from nasreid.strategies.splits import Same
from nasreid.strategy import Order, Split, Strategy, Twins


class SinglePath(Strategy):
    """One path per step, memory and time of one network; all identities in both halves, one classifier for both steps.

    Paths are drawn uniformly, so that all candidates are trained alike (Guo et al., ECCV 2020, section 3.2), where
    those authors go on with an evolution: here each architecture step draws `paths` paths, and the alphas move by how
    their losses on one validation batch differ (`nasreid.training.paths`). uniform=False: paths are drawn by the alphas
    instead. smoothing: of the labels.
    """

    division = Same()

    def __init__(self, uniform: bool = True, paths: int = 8, smoothing: float = 0.0, order: Order = Order(),
                 architecture: ArchitectureOptimiser = ArchitectureOptimiser(begin=0.5)):
        self.relaxation = UniformPath() if uniform else DrawnPath()
        self.paths = paths
        whole(self, 2, 1000, "paths")
        self.smoothing, self.order, self.architecture = smoothing, order, architecture

    def objectives(self, width: int, split: Split) -> Twins:
        """One cross-entropy objective for both steps."""
        return one_classifier(width, split, self.smoothing)
