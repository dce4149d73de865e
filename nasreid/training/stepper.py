"""One iteration of a search or of a training, on given batches; knows neither Lightning nor data sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.mutation import Supernet
from nasreid.network.network import Network
from nasreid.objective import Objective
from nasreid.strategy import Order, Twins

Backward = Callable[[Tensor], Any]


class Stepper:
    """Weight step and architecture step in the given order.

    network over the supernet's space; twins: their objectives; weight_optimiser on the weights of network and twins.
    supernet and architecture_optimiser are None for ordinary training. Without twins.architecture the search is
    single-level: the loss of the weight step moves the alphas too. samples: draws of the noise per step.
    """

    def __init__(self, network: Network, twins: Twins, weight_optimiser: Optimizer, order: Order | None = None,
                 supernet: Supernet | None = None, architecture_optimiser: Optimizer | None = None, samples: int = 1):
        self.network, self.twins, self.supernet = network, twins, supernet
        self.weight_optimiser, self.architecture_optimiser = weight_optimiser, architecture_optimiser
        self.order = order or Order()
        self.samples = samples
        alphas = [] if supernet is None else list(supernet.alphas().values())
        mine = {id(alpha) for alpha in alphas}
        everything = [*network.parameters(), *twins.parameters()]
        self.alphas = alphas
        self.weights = [p for p in everything if id(p) not in mine and p.requires_grad]
        self.single_level = supernet is not None and twins.architecture is None

    def step(self, train: Batch, validation: Batch | None = None, first: bool = False, backward: Backward | None = None,
             temperature: float = 1.0, generator: torch.Generator | None = None,
             frozen: bool = False) -> dict[str, float]:
        """train and validation batches -> {"loss": …, "architecture_loss": …}.

        first: this is the first batch of its epoch. generator: where relaxations draw their noise of this step.
        frozen: the network stays as it is, statistics included; only what belongs to the objectives learns.
        """
        self.network.train(not frozen)
        self.twins.train()
        backward = backward or (lambda loss: loss.backward())
        draw = generator or torch.Generator().manual_seed(0)
        searching = validation is not None and self.twins.architecture is not None
        if searching and self.order.skip_first and first:
            searching = False
        self.weight_optimiser.zero_grad()
        logs: dict[str, float] = {}
        if searching and validation is not None and self.order.architecture_first:
            logs |= self._architecture(validation, backward, temperature, draw)
        with without_gradient(self.network.parameters() if frozen else []):
            logs |= self._weights(train, backward, temperature, draw)
        if searching and validation is not None and not self.order.architecture_first:
            logs |= self._architecture(validation, backward, temperature, draw)
        return logs

    def _weights(self, batch: Batch, backward: Backward, temperature: float, draw: torch.Generator) -> dict[str, float]:
        optimisers = [self.weight_optimiser]
        if self.single_level and self.architecture_optimiser is not None:
            self.architecture_optimiser.zero_grad()
            optimisers.append(self.architecture_optimiser)
        off = [] if self.single_level else self.alphas
        logs = {"loss": self._step(self.twins.weights, batch, optimisers, off, backward, temperature, draw)}
        return {**logs, "alpha_gradient": self._norm()} if self.single_level else logs

    def _norm(self) -> float:
        """Norm of the gradient that has just moved the alphas."""
        gradients = [alpha.grad for alpha in self.alphas if alpha.grad is not None]
        return float(torch.linalg.vector_norm(torch.stack([g.norm() for g in gradients]))) if gradients else 0.0

    def _architecture(self, batch: Batch, backward: Backward, temperature: float,
                      draw: torch.Generator) -> dict[str, float]:
        if self.twins.architecture is None or self.architecture_optimiser is None:
            raise NasreidError("an architecture step needs an objective and an optimiser of the architecture")
        self.architecture_optimiser.zero_grad()
        off = [] if self.order.keep_validation_gradient else self.weights
        mover = [self.architecture_optimiser]
        loss = self._step(self.twins.architecture, batch, mover, off, backward, temperature, draw)
        return {"architecture_loss": loss, "alpha_gradient": self._norm()}

    def _step(self, objective: Objective, batch: Batch, optimisers: list[Optimizer], off: list[nn.Parameter],
              backward: Backward, temperature: float, draw: torch.Generator) -> float:
        value = 0.0
        for _ in range(self.samples):
            if self.supernet is not None:
                self.supernet.draw(temperature, draw)
            with without_gradient(off):
                embedding = self.network(batch.images, batch.modality)
                loss = objective(embedding, batch) / self.samples
                value += float(loss.detach())
                if not math.isfinite(value):
                    raise NasreidError(f"loss became {value}; expected a finite number (lower the learning rate?)")
                backward(loss)
        if self.order.learn_inside:
            learn(objective, embedding, batch)
        for optimiser in optimisers:
            optimiser.step()
        if not self.order.learn_inside:
            learn(objective, embedding, batch)
        return value


def learn(objective: Objective, embedding: Embedding, batch: Batch) -> None:
    """Let an objective learn from what the step saw, without gradients."""
    with torch.no_grad():
        objective.learn(detached(embedding), batch)


def detached(embedding: Embedding) -> Embedding:
    """The same embedding, cut from the graph."""
    maps = None if embedding.maps is None else embedding.maps.detach()
    local = None if embedding.local is None else detached(embedding.local)
    return Embedding(embedding.vectors.detach(), embedding.neck.detach(), maps, local)


@contextmanager
def without_gradient(parameters: Iterable[nn.Parameter]) -> Iterator[None]:
    """Switch the gradients of `parameters` off for a forward and backward pass: what nobody uses is not computed."""
    switched = [p for p in parameters if p.requires_grad]
    for parameter in switched:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in switched:
            parameter.requires_grad_(True)


def set_lr(optimiser: Optimizer, lr: float) -> None:
    """The rate of the coming step, for every group by its factor."""
    for group in optimiser.param_groups:
        group["lr"] = lr * group.get("factor", 1.0)
