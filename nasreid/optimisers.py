"""Optimisers of weights and alphas, and learning rates as pure functions of the epoch, which counts from 0."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Annotated

import torch
from torch import nn
from torch.optim import Optimizer

from nasreid.configuration import Spelled
from nasreid.errors import NasreidError
from nasreid.ranges import EPOCHS, real, whole


def warmup(epoch: int, epochs: int, factor: float = 0.01) -> float:
    """Linear rise of a multiplier from `factor` in epoch 0 to 1 in epoch `epochs`.

    >>> [warmup(epoch, epochs=4, factor=0.2) for epoch in (0, 2, 4, 9)]
    [0.2, 0.6, 1.0, 1.0]
    """
    if not 0 < factor <= 1:
        raise NasreidError(f"warm-up: factor={factor}; expected a number above 0 and up to 1")
    if epoch >= epochs:
        return 1.0
    done = epoch / epochs
    return factor * (1 - done) + done


def multistep(
    base: float,
    epoch: int,
    milestones: Sequence[int],
    gamma: float = 0.1,
    warmup_epochs: int = 0,
    warmup_factor: float = 0.01,
) -> float:
    """`base` times `gamma` for every milestone that `epoch` has reached; MSINet, implementation details.

    >>> [multistep(1.0, epoch, milestones=(2, 4), gamma=0.5) for epoch in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    reached = sum(epoch >= milestone for milestone in milestones)
    return base * warmup(epoch, warmup_epochs, warmup_factor) * gamma**reached


def cosine(
    base: float, epoch: int, epochs: int, final: float = 0.0, warmup_epochs: int = 0, warmup_factor: float = 0.01
) -> float:
    """Half a cosine from `base` in epoch 0 towards `final` in epoch `epochs`; OSNet-AIN, implementation details.

    >>> [round(cosine(1.0, epoch, epochs=4), 3) for epoch in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    if epochs < 1:
        raise NasreidError(f"cosine: epochs={epochs}; expected at least 1")
    decay = (1 + math.cos(math.pi * min(epoch, epochs) / epochs)) / 2
    return (final + (base - final) * decay) * warmup(epoch, warmup_epochs, warmup_factor)


RATE, DECAY = 1e4, 1e3  # the largest learning rate and weight decay that somebody may mean


def _check_milestones(name: str, stones: Sequence[int] | None) -> None:
    for stone in stones or ():
        if isinstance(stone, bool) or not isinstance(stone, Integral) or not 0 <= stone <= EPOCHS[1]:
            raise NasreidError(f"{name} {list(stones or ())}: expected whole numbers of epochs, 0 to {EPOCHS[1]}")


SLOWEST = 0.002  # MSINet section 4.2
TRAVEL = 3.0  # how far an alpha may go in a run: of four candidates one that is 3 ahead has 87 %


@dataclass(frozen=True)
class ArchitectureOptimiser:
    """Optimiser of the alphas and its schedule. Epochs are counted from 0; milestones None: those of the weights.

    betas and weight_decay are torch's defaults, as MSINet's paper names none; its code has (0.5, 0.999), 1e-3. lr:
    alphas move at most about lr a step, so None means MSINet's 0.002 or, where a run is too short for that to decide
    anything, TRAVEL over the number of its steps (`within`). follow: the rate of the weights instead, whatever their
    schedule. optimiser: adam or sgd, whose momentum is the first beta.
    schedule: multistep or cosine; both begin with `warmup_epochs` of linear rise. begin: share of the epochs in which
    the weights alone learn, before the alphas begin to move. paths: for a relaxation that draws one candidate alone,
    the alphas move by how the losses of so many drawn paths differ (`nasreid.training.paths`); 0: by their gradient.
    """

    lr: float | None = None
    betas: Sequence[float] = (0.9, 0.999)
    weight_decay: float = 0.0
    milestones: Sequence[int] | None = None
    warmup_epochs: int = 0
    optimiser: str = "adam"
    schedule: str = "multistep"
    begin: float = 0.0
    follow: bool = False
    paths: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (("optimiser", self.optimiser, ("adam", "sgd")),
                                   ("schedule", self.schedule, ("multistep", "cosine"))):
            if value not in known:
                raise NasreidError(f"architecture_{name} {value!r}: expected {' or '.join(known)}")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise NasreidError(f"architecture_betas {list(self.betas)}: expected two numbers from 0 to below 1")
        real(self, 0, RATE, "lr", open_below=True, prefix="architecture_")
        real(self, 0, DECAY, "weight_decay", prefix="architecture_")
        real(self, 0, 1, "begin", open_above=True, prefix="architecture_")
        whole(self, 0, EPOCHS[1], "warmup_epochs", prefix="architecture_")
        if self.paths:
            whole(self, 2, 1000, "paths", prefix="architecture_")
        _check_milestones("architecture_milestones", self.milestones)

    def rate(self, epoch: int, epochs: int, stones: Sequence[int], weights: float = 0.0) -> float:
        """Learning rate of an epoch (0-based) of `epochs`; stones: milestones of the weights, weights: their rate.

        0 before the alphas begin to move.
        """
        if epoch < int(self.begin * epochs):
            return 0.0
        if self.follow:
            return weights
        lr = SLOWEST if self.lr is None else self.lr
        if self.schedule == "cosine":
            return cosine(lr, epoch, epochs, warmup_epochs=self.warmup_epochs)
        own = stones if self.milestones is None else self.milestones
        return multistep(lr, epoch, own, warmup_epochs=self.warmup_epochs)

    def make(self, alphas: Iterable[nn.Parameter]) -> Optimizer:
        """The optimiser of the alphas; the loop sets its rate before each step."""
        first, second = self.betas
        if self.optimiser == "sgd":
            return torch.optim.SGD(alphas, self.lr or SLOWEST, first, weight_decay=self.weight_decay)
        return torch.optim.Adam(alphas, self.lr or SLOWEST, (first, second), weight_decay=self.weight_decay)

    def within(self, steps: int, still: int = 0) -> ArchitectureOptimiser:
        """This with the rate of a run of so many steps, where none is given; in the first `still` no alpha moves.

        >>> ArchitectureOptimiser().within(100).lr, ArchitectureOptimiser().within(10_000).lr
        (0.03, 0.002)
        """
        if self.lr is not None or self.follow:
            return self
        return replace(self, lr=max(SLOWEST, round(TRAVEL / max(1.0, min(steps * (1 - self.begin), steps - still)), 6)))


@dataclass(frozen=True)
class WeightOptimiser:
    """Optimiser of the weights and its schedule.

    The defaults are MSINet's (section 4.2).

    kind: sgd, adam or amsgrad (momentum is SGD's and the first beta of the others). schedule: multistep or cosine.
    milestones and warmup_epochs None: the paper's proportions, 150, 225, 300 and 10 of 350 epochs. head_factor: the
    neck and the classifiers learn that many times faster than the backbone (official CM-NAS: 10).
    """

    lr: Annotated[float, "learning rate of the weights"] = 0.025
    momentum: Annotated[float, "of SGD, and the first beta of Adam"] = 0.9
    weight_decay: Annotated[float, "weight decay"] = 5e-4
    warmup_epochs: Annotated[int | None, "epochs of linear warm-up; default: 10 of 350"] = None
    warmup_factor: Annotated[float, "share of the rate that the warm-up begins with"] = 0.01
    milestones: Annotated[tuple[int, ...] | None, "epochs after which the rate falls to a tenth; default: 150, 225, "
                                                  "300 of 350"] = None
    kind: Annotated[str, "sgd, adam or amsgrad", Spelled("optimiser")] = "sgd"
    schedule: Annotated[str, "multistep or cosine"] = "multistep"
    head_factor: Annotated[float, "how many times faster the neck and the classifiers learn than the backbone"] = 1.0

    def __post_init__(self) -> None:
        for name, known in (("kind", ("sgd", "adam", "amsgrad")), ("schedule", ("multistep", "cosine"))):
            if getattr(self, name) not in known:
                raise NasreidError(f"{name} of the optimiser {getattr(self, name)!r}: expected one of "
                                   f"{', '.join(known)}")
        real(self, 0, RATE, "lr", open_below=True)
        real(self, 0, 1e6, "head_factor", open_below=True)
        real(self, 0, 1, "momentum", open_above=True)
        real(self, 0, DECAY, "weight_decay")
        real(self, 0, 1, "warmup_factor", open_below=True)
        whole(self, 0, EPOCHS[1], "warmup_epochs")
        _check_milestones("milestones", self.milestones)

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
