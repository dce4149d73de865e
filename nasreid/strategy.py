"""Strategy: a relaxation, a split of the images, and a loss for each of the two steps."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import nn

from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.relaxation import Relaxation


@dataclass(frozen=True)
class Part:
    """Rows of the frame (N,), their class labels (N,) in 0..C-1, and C: one half of the data."""

    rows: np.ndarray
    labels: np.ndarray
    classes: int


@dataclass(frozen=True)
class Split:
    """What the weight step sees, and what the architecture step does; single-level strategies have no second half."""

    train: Part
    validation: Part | None = None

    def parts(self) -> list[Part]:
        """Those that are there, train first."""
        return [self.train] if self.validation is None else [self.train, self.validation]

    def both(self) -> tuple[Part, Part]:
        """(train, validation); NasreidError where there is no validation half."""
        if self.validation is None:
            raise NasreidError("a split without a validation half; expected one for the architecture step")
        return self.train, self.validation


class Division(ABC):
    """How the training images are divided between the two steps: a value, such as `Overlapping(0.6, 0.8)`."""

    @abstractmethod
    def __call__(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame (one row an image) -> which rows each step sees. Changes no state."""


class Twins(nn.Module):
    """The objective of the weight step and that of the architecture step; they may be one and the same object."""

    def __init__(self, weights: Objective, architecture: Objective | None = None):
        super().__init__()
        self.weights = weights
        self.architecture = architecture


@dataclass(frozen=True)
class Order:
    """The order of one iteration. The defaults are the MSINet paper's (section 3.1); each field is one departure.

    Paper: weight step, then the memory of the training half learns, then the architecture step on the updated model,
    whose gradient reaches the alphas alone, then the memory of the validation half learns.

    architecture_first: the architecture step comes before the weight step. skip_first: no architecture step on the
    first batch of an epoch (its validation batch is drawn and discarded). keep_validation_gradient: gradients of the
    weights from the architecture step stay and are added to those of the weight step. learn_inside: memories learn
    between the backward pass and the optimiser's step rather than after it.
    """

    architecture_first: bool = False
    skip_first: bool = False
    keep_validation_gradient: bool = False
    learn_inside: bool = False

    def __post_init__(self) -> None:
        if self.keep_validation_gradient and not self.architecture_first:
            raise NasreidError("keep_validation_gradient=True needs architecture_first=True: there is no weight step "
                               "after the architecture step that could receive the gradient")


class Strategy(ABC):
    """How to search: a few values and the objectives. Law: `split` and `objectives` change no state of the strategy.

    A strategy sets `relaxation` (how alphas become mixing weights) and `division` (which images each step sees), and
    where it departs from the defaults: order, architecture: see Order, ArchitectureOptimiser; trained: False for a
    strategy that chooses without training a supernet; samples: draws of noise per step, whose losses and gradients are
    averaged (S of OSNet-AIN, eq. 12 and 15). paths: for a relaxation that draws one candidate alone, how many paths an
    architecture step draws, whose losses on one batch are compared (`nasreid.training.paths`); 0: as `architecture`
    has it, or the alphas follow their gradient.
    """

    relaxation: Relaxation
    division: Division
    order: Order = Order()
    architecture: ArchitectureOptimiser = ArchitectureOptimiser()
    trained: bool = True
    samples: int = 1
    paths: int = 0

    @abstractmethod
    def objectives(self, width: int, split: Split) -> Twins:
        """width D of the vectors -> the objectives of the two steps."""

    def split(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame (one row an image) -> which rows each step sees."""
        return self.division(frame, rng)

    def temperature(self, epoch: int, epochs: int) -> float:
        """Temperature of the relaxation in an epoch (0-based): as the relaxation has it, unless the strategy does."""
        return self.relaxation.temperature(epoch, epochs)

    def choose(self, probabilities: dict[str, dict[str, float]], rng: np.random.Generator) -> dict[str, str]:
        """Probabilities {label: {candidate: p}} after the search -> choices {label: candidate}: the strongest.

        Of equally strong ones it is the first in the order in which the space names its candidates.
        """
        return {label: max(row, key=row.__getitem__) for label, row in probabilities.items()}
