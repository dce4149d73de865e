"""Strategy: a relaxation, a split of the images, and a loss for each of the two steps."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.optim import Optimizer

from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.relaxation import Relaxation
from nasreid.schedules import cosine, multistep


@dataclass(frozen=True)
class Part:
    """Rows of the frame (N,), their class labels (N,) in 0..C-1, and C, for one of the two steps."""

    rows: np.ndarray
    labels: np.ndarray
    classes: int


@dataclass(frozen=True)
class Split:
    """What trains the weights and what trains the architecture; single-level strategies have no second part."""

    weights: Part
    architecture: Part | None = None


class Twins(nn.Module):
    """The objective of the weight step and that of the architecture step; they may be one and the same object."""

    def __init__(self, weights: Objective, architecture: Objective | None = None):
        super().__init__()
        self.weights = weights
        self.architecture = architecture


@dataclass(frozen=True)
class Order:
    """The order of one iteration. The defaults are the MSINet paper's (section 3.1); each field is one departure.

    Paper: weight step, then the memory of the training part learns, then the architecture step on the updated model,
    whose gradient reaches the alphas alone, then the memory of the validation part learns.

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


@dataclass(frozen=True)
class ArchitectureOptimiser:
    """Optimiser of the alphas and its schedule. Epochs are counted from 0; milestones None: those of the weights.

    betas and weight_decay are torch's defaults, as MSINet's paper names none; its code has (0.5, 0.999), 1e-3. lr
    None: the rate of the weights, whatever their schedule. kind: adam or sgd, whose momentum is the first beta.
    schedule: multistep or cosine; both begin with `warmup_epochs` of linear rise.
    """

    lr: float | None = 0.002
    betas: Sequence[float] = (0.9, 0.999)
    weight_decay: float = 0.0
    milestones: Sequence[int] | None = None
    warmup_epochs: int = 0
    kind: str = "adam"
    schedule: str = "multistep"

    def __post_init__(self) -> None:
        for name, value, known in (("optimiser", self.kind, ("adam", "sgd")),
                                   ("schedule", self.schedule, ("multistep", "cosine"))):
            if value not in known:
                raise NasreidError(f"architecture_{name} {value!r}: expected {' or '.join(known)}")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise NasreidError(f"architecture_betas {list(self.betas)}: expected two numbers from 0 to below 1")
        if self.lr is not None and self.lr <= 0:
            raise NasreidError(f"architecture_lr is {self.lr}; expected a positive number")
        if self.warmup_epochs < 0:
            raise NasreidError(f"architecture_warmup_epochs is {self.warmup_epochs}; expected a number from 0")

    def rate(self, epoch: int, epochs: int, stones: Sequence[int], weights: float = 0.0) -> float:
        """Learning rate of an epoch (0-based) of `epochs`; stones: milestones of the weights, weights: their rate."""
        if self.lr is None:
            return weights
        if self.schedule == "cosine":
            return cosine(self.lr, epoch, epochs, warmup_epochs=self.warmup_epochs)
        own = stones if self.milestones is None else self.milestones
        return multistep(self.lr, epoch, own, warmup_epochs=self.warmup_epochs)

    def make(self, alphas: Iterable[nn.Parameter]) -> Optimizer:
        """The optimiser of the alphas; the loop sets its rate before each step."""
        first, second = self.betas
        if self.kind == "sgd":
            return torch.optim.SGD(alphas, self.lr or 0.0, first, weight_decay=self.weight_decay)
        return torch.optim.Adam(alphas, self.lr or 0.0, (first, second), weight_decay=self.weight_decay)


class Strategy(ABC):
    """How to search. Law: `split` and `objectives` change no state of the strategy.

    relaxation: how alphas become mixing weights. order, architecture: see Order, ArchitectureOptimiser. trained: False
    for a strategy that chooses without training a supernet. samples: draws of noise per step, whose losses and
    gradients are averaged (S of OSNet-AIN, eq. 12 and 15).
    """

    relaxation: Relaxation
    order: Order = Order()
    architecture: ArchitectureOptimiser = ArchitectureOptimiser()
    trained: bool = True
    samples: int = 1

    @abstractmethod
    def split(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame (one row an image) -> the parts for the two steps."""

    @abstractmethod
    def objectives(self, width: int, split: Split) -> Twins:
        """width D of the vectors -> the objectives of the two steps."""

    def temperature(self, epoch: int, epochs: int) -> float:
        """Temperature of the relaxation in an epoch (0-based)."""
        return 1.0

    def choose(self, probabilities: dict[str, dict[str, float]], rng: np.random.Generator) -> dict[str, str]:
        """Probabilities {label: {candidate: p}} after the search -> choices {label: candidate}: the strongest.

        Of equally strong ones it is the first in the order in which the space names its candidates.
        """
        return {label: max(row, key=row.__getitem__) for label, row in probabilities.items()}


@dataclass(frozen=True)
class WeightOptimiser:
    """Optimiser of the weights and its schedule; the defaults are MSINet's (section 4.2).

    kind: sgd, adam or amsgrad (momentum is SGD's and the first beta of the others). schedule: multistep or cosine.
    milestones and warmup_epochs None: the paper's proportions, 150, 225, 300 and 10 of 350 epochs. head_factor: the
    neck and the classifiers learn that many times faster than the backbone (official CM-NAS: 10).
    """

    lr: float = 0.025
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup_epochs: int | None = None
    warmup_factor: float = 0.01
    milestones: tuple[int, ...] | None = None
    kind: str = "sgd"
    schedule: str = "multistep"
    head_factor: float = 1.0

    def __post_init__(self) -> None:
        for name, known in (("kind", ("sgd", "adam", "amsgrad")), ("schedule", ("multistep", "cosine"))):
            if getattr(self, name) not in known:
                raise NasreidError(f"{name} of the optimiser {getattr(self, name)!r}: expected one of "
                                   f"{', '.join(known)}")
        for name in ("lr", "head_factor"):
            if getattr(self, name) <= 0:
                raise NasreidError(f"{name} is {getattr(self, name)}; expected a positive number")

    def stones(self, epochs: int) -> tuple[int, ...]:
        """Epochs (0-based) from which on the rate is ten times lower."""
        if self.milestones is not None:
            return tuple(self.milestones)
        return tuple(math.ceil(epochs * part / 350) for part in (150, 225, 300))

    def rate(self, epoch: int, epochs: int) -> float:
        """Learning rate of an epoch (0-based) of a run of `epochs`."""
        warmup = round(epochs * 10 / 350) if self.warmup_epochs is None else self.warmup_epochs
        if self.schedule == "cosine":
            return cosine(self.lr, epoch, epochs, warmup_epochs=warmup, warmup_factor=self.warmup_factor)
        return multistep(self.lr, epoch, self.stones(epochs), warmup_epochs=warmup, warmup_factor=self.warmup_factor)

    def make(self, parameters: Iterable[nn.Parameter], head: Iterable[nn.Parameter] = ()) -> Optimizer:
        """The optimiser of all parameters that take gradients; its groups say their factor of the rate."""
        parts = (([p for p in part if p.requires_grad], factor)
                 for part, factor in ((parameters, 1.0), (head, self.head_factor)))
        groups = [{"params": part, "lr": self.lr * factor, "factor": factor} for part, factor in parts if part]
        if self.kind == "sgd":
            return torch.optim.SGD(groups, self.lr, self.momentum, weight_decay=self.weight_decay)
        return torch.optim.Adam(groups, self.lr, (self.momentum, 0.999), weight_decay=self.weight_decay,
                                amsgrad=self.kind == "amsgrad")
