"""A search that pays: the expected cost of the network, as a part of the loss that moves the alphas.

loss + weight * E[cost] / cost, with E[cost] = base + sum over decisions and candidates of p(candidate) * its cost (Cai
et al., ProxylessNAS, ICLR 2019, equations 2 and 3), relative to the network of equal probabilities: a weight of 1 makes
a network of twice that cost as bad as a loss that is higher by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor

from nasreid.errors import NasreidError, one_of
from nasreid.mutation import Decisions, Supernet
from nasreid.network.prices import KINDS, Prices, prices
from nasreid.ranges import real
from nasreid.space import SearchSpace
from nasreid.waits import sent

PRICES = "prices.csv"

@dataclass(frozen=True)
class Pricing:
    """Whether a one-shot search pays for what its network will cost, and how much."""

    price: Annotated[str | None, f"what costs: {', '.join(KINDS)}; the loss of the alphas grows by the expected cost"
                     ] = None
    price_weight: Annotated[float, "what the cost of an average network adds to that loss"] = 0.1

    def __post_init__(self) -> None:
        real(self, 0, 1e6, "price_weight")
        if self.price is not None and self.price not in KINDS:
            raise NasreidError(f"price {one_of(self.price, KINDS)}")

    def prices(self, space: Callable[[], SearchSpace], height: int, width: int, quiet: bool = False,
               kept: Path | None = None) -> Prices | None:
        """What the candidates cost, of images of that size; None where nothing is paid.

        space(): with its decisions open. kept: a file from which an unfinished run goes on, as a latency is another
        every time it is measured.
        """
        if self.price is None:
            return None
        if kept is not None and kept.is_file():
            return Prices.load(kept)
        found = prices(space(), self.price, height, width, quiet)
        if kept is not None:
            found.save(kept)
        return found


class Price:
    """prices: of all candidates; weight: see above."""

    def __init__(self, prices: Prices, weight: float):
        self.prices, self.weight = prices, weight
        self._rows: dict[str, Tensor] = {}  # {label: (K,)} on the device of the alphas
        self._whole = 0.0

    def expected(self, supernet: Supernet) -> Tensor:
        """What the loss grows by, (), differentiable in the alphas."""
        chances = {label: supernet.relaxation(label).probabilities(alpha)
                   for label, alpha in supernet.alphas().items()}
        return self.weight * self._mean(supernet.decisions, chances, self._rows_like(chances)) / self._scale(supernet)

    def drawn(self, supernet: Supernet, path: dict[str, int]) -> float:
        """What a path costs, in the same unit. path {label: index of its candidate}."""
        choices = {label: supernet.decisions[label][index] for label, index in path.items()}
        return self.weight * self.prices.of(choices) / self._scale(supernet)

    def _mean(self, known: Decisions, chances: dict[str, Tensor], rows: dict[str, Tensor]) -> Tensor:
        """The mean cost, (), of networks that are drawn by these chances; chances, rows: {label: (K,)}."""
        extra = [existence(known, label, chances) * (chance * rows[label]).sum() for label, chance in chances.items()]
        return self.prices.base + torch.stack([torch.as_tensor(one) for one in extra]).sum()

    def _rows_like(self, chances: dict[str, Tensor]) -> dict[str, Tensor]:
        """What candidates cost, kept on the device of the chances."""
        if not self._rows:
            self._rows = {label: sent(torch.tensor(list(self.prices.extra[label].values()), dtype=like.dtype),
                                      like.device) for label, like in chances.items()}
        return self._rows

    def _scale(self, supernet: Supernet) -> float:
        """The cost of the average network."""
        if not self._whole:
            even = {label: torch.full((len(names),), 1 / len(names), dtype=torch.float64)
                    for label, names in supernet.decisions.items()}
            rows = {label: torch.tensor(list(self.prices.extra[label].values()), dtype=torch.float64) for label in even}
            self._whole = float(self._mean(supernet.decisions, even, rows))
            if not self._whole > 0:
                raise NasreidError(f"an average network costs {self._whole:g} {self.prices.kind}; expected more than 0")
        return self._whole


def existence(known: Decisions, label: str, chances: dict[str, Tensor]) -> Tensor | float:
    """The probability that a decision exists, when its ways to exist are taken as independent."""
    if label not in known.ways:
        return 1.0
    none: Tensor | float = 1.0
    for way in known.ways[label]:
        inside = [sum(chances[parent][known[parent].index(name)] for name in names) for parent, names in way.items()]
        none = none * (1 - math.prod(inside))
    return 1 - none
