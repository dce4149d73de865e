"""The objects of a search, made from their names and its data: what the steps of a search move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from nasreid.arguments import Options
from nasreid.data.batches.plan import Timetable
from nasreid.data.batches.transforms import Augment
from nasreid.errors import NasreidError
from nasreid.evaluation.protocol import Protocol
from nasreid.mutation import Supernet
from nasreid.network.network import Network
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.ranks import ALONE, Ranks
from nasreid.space import SearchSpace
from nasreid.strategy import Split, Strategy, Twins
from nasreid.training.engine import Engine
from nasreid.training.gathering import Gathering
from nasreid.training.likeliest import Likeliest
from nasreid.training.loop import Schedule
from nasreid.training.named_objectives import Term, exchange
from nasreid.training.price import Price
from nasreid.training.stepper import Stepper
from nasreid.training.stopping import Stopped, Stopping
from nasreid.training.validation import scorer


@dataclass(frozen=True)
class Parts:
    """network over the supernet's space, as initialised; frame: the training rows, which split divides and plan orders.

    twins: None where the strategy trains nothing. own: the protocol of the data set, where it is known. warmup: so many
    first epochs leave the alphas as they are. price: of networks, where the search pays for them. stopping: whether
    candidates stop learning. limit: what takes a genotype, where there is a limit.
    """

    strategy: Strategy
    network: Network
    supernet: Supernet
    frame: pd.DataFrame
    split: Split
    plan: Timetable
    twins: Twins | None = None
    own: Protocol | None = None
    warmup: int = 0
    price: Price | None = None
    stopping: Stopping = Stopping()
    limit: Likeliest | None = None

    def __post_init__(self) -> None:
        if self.warmup and self.warmup >= self.plan.epochs:
            raise NasreidError(f"warmup_weights is {self.warmup} of {self.plan.epochs} epochs; expected fewer, as the "
                               "alphas move in what is left")
        if self.twins is None or self.stopping.stop_below is None:
            return
        reasons = {"a search of one level": self.twins.architecture is None,
                   "drawn paths, which have no gradient": self.paths() > 0,
                   "keep_validation_gradient": self.strategy.order.keep_validation_gradient}
        for reason in (reason for reason, holds in reasons.items() if holds):
            raise self._no_stopping(reason)

    def objectives(self, terms: Sequence[Term] | None, architecture: Sequence[Term] | None) -> Twins:
        """The strategy's own objectives, or those of the terms in their place."""
        if terms is None:
            return self.strategy.objectives(self.network.features[0][0], self.split)
        return exchange(self.network, self.split, self.frame["identity"].to_numpy(), terms, architecture)

    def trained(self) -> Twins:
        """The objectives; NasreidError where nothing is trained."""
        if self.twins is None:
            raise NasreidError(f"{type(self.strategy).__name__} trains nothing; expected a strategy with objectives")
        return self.twins

    def architecture(self) -> ArchitectureOptimiser:
        """The strategy's optimiser of the alphas, with the rate that fits the number of steps where it names none."""
        return self.strategy.architecture.within(len(self.plan), self.plan.first_step(self.warmup))

    def begun(self) -> int:
        """The first epoch in which the alphas move."""
        return max(self.warmup, int(self.strategy.architecture.begin * self.plan.epochs))

    def paths(self) -> int:
        """How many paths an architecture step draws, 0 where alphas follow their gradient."""
        asked, relaxation = self.strategy.architecture.paths or self.strategy.paths, self.strategy.relaxation
        if asked and not relaxation.alone:
            raise NasreidError(f"paths is {asked} for the relaxation {type(relaxation).__name__}, which mixes; "
                               "expected 0, or a relaxation that draws one alone, such as SinglePath")
        return asked

    def stepper(self, optimiser: WeightOptimiser, ranks: Ranks = ALONE) -> Stepper:
        """The steps of the search; neck and objectives may learn at a rate of their own (head_factor)."""
        twins = self.trained()
        weights = optimiser.make(self.supernet.weights(), [*self.network.neck.parameters(), *twins.parameters()])
        architecture = self.architecture().make(self.supernet.alphas().values())
        made = Stepper(self.network, twins, weights, self.strategy.order, self.supernet, architecture,
                       self.strategy.samples, self.paths(), Gathering(ranks, self.plan.halves))
        made.price, made.stopping = self.price, self._stopped(ranks)
        return made

    def _stopped(self, ranks: Ranks) -> Stopped | None:
        found = self.stopping.of(self.supernet)
        if found is not None and ranks.size > 1:
            raise self._no_stopping(f"{ranks.size} devices")
        return None if found is None else found.to(next(self.network.parameters()).device)

    def _no_stopping(self, reason: str) -> NasreidError:
        return NasreidError(f"stop_below is {self.stopping.stop_below}, which compares the gradients of two steps; "
                            f"expected none with {reason}")

    def travel(self, optimiser: WeightOptimiser) -> float:
        """How far an alpha can move in all steps: the sum of its rates, as Adam moves by at most about the rate."""
        rates = self.schedule(optimiser).rates
        return sum(rates(epoch)[1] * self.plan.epoch_length(epoch) for epoch in range(self.plan.epochs))

    def schedule(self, optimiser: WeightOptimiser) -> Schedule:
        """Rates of both optimisers and the temperature, over the epochs of the plan."""
        epochs = self.plan.epochs
        stones, architecture = optimiser.stones(epochs), self.architecture()

        def rates(epoch: int) -> tuple[float, float]:
            weights = optimiser.rate(epoch, epochs)
            return weights, 0.0 if epoch < self.warmup else architecture.rate(epoch, epochs, stones, weights)

        return Schedule(rates, lambda epoch: self.strategy.temperature(epoch, epochs))

    def scores(self, every: int, size: Augment, engine: Engine,
               ranks: Ranks = ALONE) -> Callable[[int], dict[str, float]]:
        """Of an epoch: retrieval among the validation images, after every so many epochs (0: never).

        Rank 0 looks, and tells the others.
        """
        if not every:
            return lambda epoch: {}
        rows = self.frame.iloc[self.split.parts()[-1].rows]
        score = scorer(self.network, rows, size.height, size.width, every, self.plan.epochs, engine.workers,
                       engine.torch_device().type, self.own)
        return lambda epoch: ranks.told(score(epoch) if ranks.first else None)


def place_of(part: object) -> str:
    """The name module:Class of what somebody made in Python."""
    return f"{type(part).__module__}:{type(part).__qualname__}"


def arguments_of(space: Callable[[], SearchSpace]) -> Options:
    """Keywords of a `functools.partial` of a space's class, which its genotype is to say; of another function nothing
    is known.

    Raises:
        NasreidError: the partial has arguments without a name.
    """
    if not (isinstance(space, partial) and isinstance(space.func, type)):
        return {}
    if space.args:
        raise NasreidError(f"space is {space!r}; expected functools.partial(its class, name=value), as a genotype says "
                           "arguments by their names")
    return dict(space.keywords)
