"""Single-path search: one candidate of each decision at a time."""

from __future__ import annotations

from nasreid.errors import NasreidError
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
    instead. fair: each step takes the next candidates in turn, so that of K steps in a row, from a multiple of K on,
    each of K candidates has trained in exactly one (`UniformPath`). samples: paths of one step of the weights, whose
    gradients are averaged; with fair and as many as each decision has candidates that is FairNAS's step (Chu et al.,
    ICCV 2021, algorithm 1). smoothing: of the labels.
    """

    division = Same()

    def __init__(self, uniform: bool = True, fair: bool = False, samples: int = 1, paths: int = 8,
                 smoothing: float = 0.0, order: Order = Order(),
                 architecture: ArchitectureOptimiser = ArchitectureOptimiser(begin=0.5)):
        if fair and not uniform:
            raise NasreidError("fair is True and uniform False; expected one of them: in turn, or by the alphas")
        self.relaxation = UniformPath(fair) if uniform else DrawnPath()
        self.samples, self.paths = samples, paths
        whole(self, 1, 1000, "samples")
        whole(self, 2, 1000, "paths")
        self.smoothing, self.order, self.architecture = smoothing, order, architecture

    def objectives(self, width: int, split: Split) -> Twins:
        """One cross-entropy objective for both steps."""
        return one_classifier(width, split, self.smoothing)
