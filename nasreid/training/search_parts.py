"""The objects of a search, made from their names and its data: what the steps of a search move."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from nasreid.data.batches.plan import Plan
from nasreid.errors import NasreidError
from nasreid.mutation import Supernet
from nasreid.network.network import Network
from nasreid.optimisers import WeightOptimiser
from nasreid.strategy import Split, Strategy, Twins
from nasreid.training.loop import Schedule
from nasreid.training.stepper import Stepper


@dataclass(frozen=True)
class Parts:
    """network over the supernet's space, as initialised; frame: the training rows, which split divides and plan orders.

    twins: None where the strategy trains nothing.
    """

    strategy: Strategy
    network: Network
    supernet: Supernet
    frame: pd.DataFrame
    split: Split
    plan: Plan
    twins: Twins | None = None

    def stepper(self, optimiser: WeightOptimiser) -> Stepper:
        """The steps of the search; neck and objectives may learn at a rate of their own (head_factor)."""
        if self.twins is None:
            raise NasreidError(f"{type(self.strategy).__name__} trains nothing; expected a strategy with objectives")
        weights = optimiser.make(self.supernet.weights(), [*self.network.neck.parameters(), *self.twins.parameters()])
        architecture = self.strategy.architecture.make(self.supernet.alphas().values())
        return Stepper(self.network, self.twins, weights, self.strategy.order, self.supernet, architecture,
                       self.strategy.samples)

    def schedule(self, optimiser: WeightOptimiser) -> Schedule:
        """Rates of both optimisers and the temperature, over the epochs of the plan."""
        epochs = self.plan.epochs
        stones = optimiser.stones(epochs)

        def rates(epoch: int) -> tuple[float, float]:
            weights = optimiser.rate(epoch, epochs)
            return weights, self.strategy.architecture.rate(epoch, epochs, stones, weights)

        return Schedule(rates, lambda epoch: self.strategy.temperature(epoch, epochs))
