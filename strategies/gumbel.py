"""Gumbel-softmax search of OSNet-AIN, sections 3.3 and 4.2."""

from __future__ import annotations

from dataclasses import dataclass

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.ranges import EPOCHS, whole
from nasreid.relaxation import Relaxation, named
from nasreid.strategies.splits import Everything
from nasreid.strategy import Split, Strategy, Twins


@dataclass(frozen=True)
class Annealing:
    """lambda of eq. 8, falling in steps.

    temperature: of the first epoch; every `temperature_epochs` epochs (None: the paper's 20 of 120) it is multiplied by
    `temperature_factor`, but never falls below `temperature_floor`.
    """

    temperature: float = 10.0
    temperature_factor: float = 0.5
    temperature_epochs: int | None = None
    temperature_floor: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("temperature", self.temperature), ("temperature_floor", self.temperature_floor)):
            if not value > 0:
                raise NasreidError(f"{name} is {value}; expected a number above 0")
        if not 0 < self.temperature_factor <= 1:
            raise NasreidError(f"temperature_factor is {self.temperature_factor}; expected a number above 0 and up to "
                               "1")
        if self.temperature_epochs is not None:
            whole(self, *EPOCHS, "temperature_epochs")

    def __call__(self, epoch: int, epochs: int) -> float:
        """The temperature of an epoch (0-based) of `epochs`."""
        period = max(1, round(epochs * 20 / 120)) if self.temperature_epochs is None else self.temperature_epochs
        return max(self.temperature_floor, self.temperature * self.temperature_factor ** (epoch // period))


class Gumbel(Strategy):
    """Annealed Gumbel-softmax, single level: all images, one label-smoothed cross-entropy moves weights and alphas.

    samples: S of eq. 12 and 15. relaxation: eq. 7, or another one (`nasreid list`), with its arguments; the authors'
    code has GumbelReLU, where candidates whose alphas are not positive are equally improbable, and where all of a block
    are, the first is chosen, whichever alpha is the largest. {hard: true}: straight through one-hot weights. {alone:
    true}: hard, and the drawn candidate runs alone, for the time and memory of one network; its gradient says next to
    nothing about the alphas, which move by the losses of `paths` paths on the same images instead
    (`nasreid.training.paths`; 0: by their gradient all the same). smoothing: of the labels. The authors' code has one
    SGD for weights and alphas: ArchitectureOptimiser(follow=True, optimiser="sgd").
    """

    division = Everything()

    def __init__(self, annealing: Annealing = Annealing(), samples: int = 1, paths: int = 8,
                 relaxation: str | Relaxation = "GumbelSoftmax", relaxation_args: Options | None = None,
                 smoothing: float = 0.1, architecture: ArchitectureOptimiser = ArchitectureOptimiser()):
        self.relaxation = named(relaxation, relaxation_args)
        self.samples, self.paths = samples, paths
        whole(self, 1, 1000, "samples")
        if paths:
            whole(self, 2, 1000, "paths")
        self.paths = paths if self.relaxation.alone else 0
        self.annealing, self.smoothing, self.architecture = annealing, smoothing, architecture

    def objectives(self, width: int, split: Split) -> Twins:
        """One cross-entropy objective for weights and alphas."""
        return Twins(CrossEntropy(split.train.classes, width, self.smoothing, bias=True, std=0.01))

    def temperature(self, epoch: int, epochs: int) -> float:
        """Temperature in an epoch (0-based), falling in steps, whatever the relaxation."""
        return self.annealing(epoch, epochs)
