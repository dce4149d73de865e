"""Gumbel-softmax search of OSNet-AIN, sections 3.3 and 4.2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import GumbelReLU, GumbelSoftmax
from nasreid.strategy import Part, Split, Strategy, Twins


class Gumbel(Strategy):
    """Annealed Gumbel-softmax, single level: all images, one label-smoothed cross-entropy moves weights and alphas.

    temperature: of the first epoch; every `temperature_epochs` epochs (None: the paper's 20 of 120) it is multiplied by
    `temperature_factor`, but never falls below `temperature_floor`. samples: S of eq. 12 and 15. hard: straight through
    one-hot weights. alone: hard, and the drawn candidate runs alone, for the time and memory of one network; the alphas
    learn from its output only, which is not the gradient of `hard` (see GumbelSoftmax). probability: "softmax" of the
    alphas (eq. 7), or "relu", proportional to max(alpha, 0) with alphas that start at one (the authors' code);
    candidates whose alphas are not positive are equally improbable, and where all of a block are, the first is chosen,
    whichever alpha is the largest. smoothing: of the labels. architecture_optimiser: adam or sgd; architecture_lr None:
    the rate of the weights (the authors' code has one SGD for both). The remaining arguments are those of
    ArchitectureOptimiser.
    """

    def __init__(self, temperature: float = 10.0, temperature_factor: float = 0.5,
                 temperature_epochs: int | None = None, temperature_floor: float = 1.0, samples: int = 1,
                 hard: bool = False, probability: str = "softmax", smoothing: float = 0.1,
                 architecture_optimiser: str = "adam", architecture_lr: float | None = 0.002,
                 architecture_betas: Sequence[float] = (0.9, 0.999), architecture_weight_decay: float = 0.0,
                 architecture_milestones: Sequence[int] | None = None, architecture_warmup_epochs: int = 0,
                 architecture_schedule: str = "multistep", alone: bool = False):
        _check(temperature, temperature_factor, temperature_epochs, temperature_floor, samples, probability)
        self.relaxation = GumbelReLU(hard, alone) if probability == "relu" else GumbelSoftmax(hard, alone)
        self.samples = samples
        self.smoothing = smoothing
        self.anneal = (temperature, temperature_factor, temperature_epochs, temperature_floor)
        self.architecture = ArchitectureOptimiser(
            architecture_lr, architecture_betas, architecture_weight_decay, architecture_milestones,
            architecture_warmup_epochs, architecture_optimiser, architecture_schedule)

    def split(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame -> one part with everything in it."""
        identities, labels = np.unique(frame["identity"].to_numpy(), return_inverse=True)
        return Split(Part(np.arange(len(frame)), labels, len(identities)))

    def objectives(self, width: int, split: Split) -> Twins:
        """One cross-entropy objective for weights and alphas."""
        return Twins(CrossEntropy(split.weights.classes, width, self.smoothing, bias=True, std=0.01))

    def temperature(self, epoch: int, epochs: int) -> float:
        """Temperature in an epoch (0-based), falling in steps; lambda of eq. 8."""
        start, factor, every, floor = self.anneal
        period = max(1, round(epochs * 20 / 120)) if every is None else every
        return max(floor, start * factor ** (epoch // period))


def _check(temperature: float, factor: float, epochs: int | None, floor: float, samples: int,
           probability: str) -> None:
    for name, value in (("temperature", temperature), ("temperature_floor", floor)):
        if not value > 0:
            raise NasreidError(f"{name} is {value}; expected a number above 0")
    if not 0 < factor <= 1:
        raise NasreidError(f"temperature_factor is {factor}; expected a number above 0 and up to 1")
    for name, value in (("temperature_epochs", epochs), ("samples", samples)):
        if value is not None and (not isinstance(value, int) or value < 1):
            raise NasreidError(f"{name} is {value}; expected a whole number of at least 1")
    if probability not in ("softmax", "relu"):
        raise NasreidError(f"probability {probability!r}: expected softmax or relu")
