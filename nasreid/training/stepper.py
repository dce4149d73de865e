"""One iteration of a search or of a training, on given batches; knows neither Lightning nor data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.mutation import Supernet
from nasreid.network.network import Network
from nasreid.objective import Objective
from nasreid.relaxation import Turn
from nasreid.strategy import Order, Twins
from nasreid.training.gathering import Gathering
from nasreid.training.paths import judge
from nasreid.training.price import Price
from nasreid.training.stopping import Stopped
from nasreid.waits import Number

Backward = Callable[[Tensor], object]


def _backward(loss: Tensor) -> None:
    loss.backward()


@dataclass(frozen=True)
class Moment:
    """What both steps of an iteration share: how to go backward, the temperature, where noise is drawn, and when it is.

    generator: of the noise of this step. seed, step: of the run, and which of its iterations this is, from 0.
    """

    backward: Backward = _backward
    temperature: float = 1.0
    generator: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))
    seed: int = 0
    step: int = 0

    def turn(self, kind: int, at: int, of: int) -> Turn:
        """Which draw of the run it is: the at-th of `of` in this iteration, among those of weights (0) or paths (1)."""
        return Turn((self.seed, kind), self.step * of + at)


class Stepper:
    """Weight step and architecture step in the given order.

    network over the supernet's space; twins: their objectives; weight_optimiser on the weights of network and twins.
    supernet and architecture_optimiser are None for ordinary training. Without twins.architecture the search is
    single-level: the loss of the weight step moves the alphas too. samples: draws of the noise per step.
    run: what takes images and modality to the embedding, the network unless that is set to what was compiled of it.
    price: what networks cost, where that is set: a loss that moves the alphas is larger by it. stopping: candidates
    whose weights stop learning, where that is set.
    paths: the architecture step draws so many single paths and compares their losses (`nasreid.training.paths`), in a
    single-level search on the images of the weight step; 0: the alphas move by their gradient. gathering: of the ranks
    that share each batch; what a step is given are this rank's rows.
    """

    def __init__(self, network: Network, twins: Twins, weight_optimiser: Optimizer, order: Order | None = None,
                 supernet: Supernet | None = None, architecture_optimiser: Optimizer | None = None, samples: int = 1,
                 paths: int = 0, gathering: Gathering = Gathering()):
        self.network, self.twins, self.supernet = network, twins, supernet
        self.run: Callable[..., Embedding] = network
        self.price: Price | None = None
        self.stopping: Stopped | None = None
        self.weight_optimiser, self.architecture_optimiser = weight_optimiser, architecture_optimiser
        self.order = order or Order()
        self.samples, self.paths, self.gathering = samples, paths, gathering
        self.alphas = [] if supernet is None else list(supernet.alphas().values())
        backbone = network.space.parameters() if supernet is None else supernet.weights()
        self.weights = [*backbone, *network.neck.parameters(), *twins.parameters()]
        self.single_level = supernet is not None and twins.architecture is None

    def optimisers(self) -> dict[str, Optimizer]:
        """That of the weights and, in a search, that of the architecture."""
        movers = {"weights": self.weight_optimiser, "architecture": self.architecture_optimiser}
        return {name: mover for name, mover in movers.items() if mover is not None}

    def exchange(self, before: Sequence[nn.Parameter], after: Sequence[nn.Parameter]) -> None:
        """Objectives have begun anew: their weights `after` learn in the place of those `before`."""
        gone = {id(weight) for weight in before}
        self.weights = [*(weight for weight in self.weights if id(weight) not in gone), *after]
        for group in self.weight_optimiser.param_groups:
            group["params"] = [weight for weight in group["params"] if id(weight) not in gone]
        for weight in before:
            self.weight_optimiser.state.pop(weight, None)
        self.weight_optimiser.param_groups[-1]["params"] += [weight for weight in after if weight.requires_grad]

    def step(self, train: Batch, validation: Batch | None = None, first: bool = False, moment: Moment | None = None,
             frozen: bool = False, still: bool = False) -> dict[str, Number]:
        """train and validation batches -> {"loss": …, "architecture_loss": …, "alpha_gradient": …}.

        They stay on the device, which goes on meanwhile, until somebody reads them (`nasreid.waits.read`).

        first: this is the first batch of its epoch. frozen: the network stays as it is, statistics included; only what
        belongs to the objectives learns. still: the alphas stay as they are, and have no step.
        """
        self.network.train(not frozen)
        self.twins.train()
        moment = moment or Moment()
        if self.twins.architecture is None or (first and self.order.skip_first) or still:
            validation = None
        self.weight_optimiser.zero_grad()
        if validation is None:
            logs = self._weights(train, moment, frozen, still)
            judged = self.single_level and self.paths and not (frozen or still)
            return {**logs, **self._judge(self.twins.weights, train, moment)} if judged else logs
        halves = [lambda: self._weights(train, moment, frozen), lambda: self._architecture(validation, moment)]
        logs: dict[str, Number] = {}
        for half in reversed(halves) if self.order.architecture_first else halves:
            logs |= half()
            if self.stopping is not None:
                self.stopping.take()
        return logs if self.stopping is None else {**logs, "stopped": float(self.stopping.number())}

    def _weights(self, batch: Batch, moment: Moment, frozen: bool = False, still: bool = False) -> dict[str, Number]:
        """The weight step; single-level searches move the alphas on the same loss, unless they stand still."""
        movers = [self.weight_optimiser]
        moved = self.single_level and not self.paths and not still
        if moved and self.architecture_optimiser is not None:
            self.architecture_optimiser.zero_grad()
            movers.append(self.architecture_optimiser)
        stopped = [] if self.stopping is None else self.stopping.off()
        off = [*([] if moved else self.alphas), *(self.network.parameters() if frozen else stopped)]
        logs: dict[str, Number] = {"loss": self._move(self.twins.weights, batch, movers, off, moment)}
        return {**logs, "alpha_gradient": self._norm()} if moved else logs

    def _architecture(self, batch: Batch, moment: Moment) -> dict[str, Number]:
        """The architecture step: the alphas move, the weights do not."""
        if self.twins.architecture is None or self.architecture_optimiser is None:
            raise NasreidError("an architecture step needs an objective and an optimiser of the architecture")
        if self.paths:
            return self._judge(self.twins.architecture, batch, moment, learns=True)
        self.architecture_optimiser.zero_grad()
        watched = set() if self.stopping is None else {id(weight) for weight in self.stopping.watched()}
        off = [] if self.order.keep_validation_gradient else [w for w in self.weights if id(w) not in watched]
        loss = self._move(self.twins.architecture, batch, [self.architecture_optimiser], off, moment)
        return {"architecture_loss": loss, "alpha_gradient": self._norm()}

    def _judge(self, objective: Objective, batch: Batch, moment: Moment, learns: bool = False) -> dict[str, Number]:
        """The alphas move by the losses of drawn paths, and nothing else does. learns: the objective, from the last."""
        if self.supernet is None or self.architecture_optimiser is None:
            raise NasreidError("paths are drawn from a supernet, and its alphas need an optimiser; expected both")
        supernet, whole, seen = self.supernet, self.gathering.batch(batch), list[Embedding]()
        number = count()

        def run() -> Tensor:
            supernet.draw(moment.temperature, moment.generator, moment.turn(1, next(number), self.paths))
            own = self.run(batch.images, batch.modality)
            embedding, loss = self.gathering.loss(objective, own, batch, whole)
            seen[:] = [embedding]
            return loss

        loss = self.gathering.value(objective, judge(supernet, run, self.paths, self.price))
        self.gathering.average(self.architecture_optimiser)
        self.architecture_optimiser.step()
        if learns:
            self.gathering.learn(objective, seen[0], whole)
        return {"architecture_loss": loss, "alpha_gradient": self._norm()}

    def _move(self, objective: Objective, batch: Batch, movers: list[Optimizer], off: list[nn.Parameter],
              moment: Moment) -> Tensor:
        """The passes of this step; then the optimisers step and the objective learns. Returns the loss."""
        whole = self.gathering.batch(batch)
        seen, value = self._pass(objective, batch, whole, off, moment)
        for sample in range(1, self.samples):
            seen, more = self._pass(objective, batch, whole, off, moment, sample)
            value = value + more
        if self.order.learn_inside:
            self.gathering.learn(objective, seen, whole)
        for mover in movers:
            self.gathering.average(mover)
            mover.step()
        if not self.order.learn_inside:
            self.gathering.learn(objective, seen, whole)
        return value

    def _pass(self, objective: Objective, batch: Batch, whole: Batch, off: list[nn.Parameter],
              moment: Moment, sample: int = 0) -> tuple[Embedding, Tensor]:
        """Draw the noise, forward, loss, backward; what the objective saw, and the loss of the whole batch."""
        if self.supernet is not None:
            self.supernet.draw(moment.temperature, moment.generator, moment.turn(0, sample, self.samples))
        with without_gradient(off):
            own = self.run(batch.images, batch.modality)
            seen, loss = self.gathering.loss(objective, own, batch, whole)
            loss = loss / self.samples
            moment.backward(loss + self._penalty() / self.samples)
        return seen, self.gathering.value(objective, loss)

    def _penalty(self) -> Tensor | float:
        """What relaxation and price add to a loss that moves the alphas; no logged loss has it."""
        if self.supernet is None or not self.alphas[0].requires_grad:
            return 0.0
        added = self.supernet.relaxation(self.supernet.labels[0]).penalty(torch.cat([*self.alphas]))
        dear = 0.0 if self.price is None else self.price.expected(self.supernet)
        return dear if added is None else added + dear

    def _norm(self) -> Number:
        """Norm of the gradient that has just moved the alphas."""
        gradients = [alpha.grad for alpha in self.alphas if alpha.grad is not None]
        return torch.linalg.vector_norm(torch.stack([g.norm() for g in gradients])) if gradients else 0.0


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
