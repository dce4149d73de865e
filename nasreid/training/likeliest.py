"""The most probable architecture that keeps hard limits: what a one-shot search takes where it has some."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from nasreid.errors import NasreidError
from nasreid.mutation import Decisions
from nasreid.network.prices import Prices, prices
from nasreid.space import SearchSpace
from nasreid.training.limits import Limits, refusal

MOST = 100_000  # unfinished architectures that are kept; of more the less probable half is left out
LEAST = 1e-300
Chances: TypeAlias = Mapping[str, Mapping[str, float]]
Node: TypeAlias = tuple[float, int, int, dict[str, str], float, tuple[float, ...]]


@dataclass(frozen=True)
class Likeliest:
    """Takes the most probable architecture whose network keeps the limits.

    known: the decisions; refuse: why a network breaks a limit, or None; costs: prices, and what they may add up to.
    Best first over decisions (Hart et al., 1968): a part of an architecture is as good as the product of its
    probabilities and of the largest of what is open, and is left out where the cheapest candidates would break a
    limit. Exact where costs add up (`Prices`), and while no more than MOST parts are open; else of those that were
    kept. Whatever is taken was counted as a whole.
    """

    known: Decisions
    refuse: Callable[[dict[str, str]], str | None]
    costs: Sequence[tuple[Prices, int]] = ()

    @classmethod
    def of(cls, limits: Limits, space: Callable[[], SearchSpace], known: Decisions, neck: str, height: int,
           width: int) -> Likeliest | None:
        """Of a space, by its function that makes it open, for images of that size; None where there is no limit.

        Raises:
            NasreidError: no architecture keeps the limits.
        """
        refuse = refusal(limits, space, neck, height, width)
        if refuse is None:
            return None
        kinds = {"parameters": limits.at_most_parameters, "multiply_adds": limits.at_most_multiply_adds}
        costs = [(prices(space(), kind, height, width, quiet=True), most) for kind, most in kinds.items()
                 if most is not None]
        made = cls(known, refuse, costs)
        made({label: dict.fromkeys(names, 1.0) for label, names in known.items()})
        return made

    def __call__(self, chances: Chances) -> dict[str, str]:
        """{label: {candidate: probability}} -> choices of the decisions that exist."""
        order, numbers, tried = self._order(), count(), None
        hopes = self._rests(order, {label: max(map(_log, chances[label].values())) for label in order}, max)
        cheapest = [self._rests(order, _minima(cost), min) for cost, _ in self.costs]
        heap: list[Node] = [(-hopes[0], next(numbers), 0, {}, 0.0, tuple(cost.base for cost, _ in self.costs))]
        while heap:
            _, _, at, choices, found, spent = heapq.heappop(heap)
            if at == len(order):
                tried = self.refuse(choices)
                if tried is None:
                    return choices
                continue
            for name, log in self._next(order[at], choices, chances):
                more, paid = self._with(order[at], name, choices, spent)
                if all(one + rest[at + 1] <= most for one, rest, (_, most) in zip(paid, cheapest, self.costs,
                                                                                 strict=True)):
                    heapq.heappush(heap, (-(found + log + hopes[at + 1]), next(numbers), at + 1, more, found + log,
                                          paid))
            if len(heap) > MOST:
                heap = heapq.nsmallest(MOST // 2, heap)
        raise NasreidError(f"no architecture keeps the limits: {self._cheapest() if tried is None else tried}; "
                           "expected a limit that some of the space keeps")

    def _next(self, label: str, choices: dict[str, str], chances: Chances) -> list[tuple[str | None, float]]:
        if not self.known.exists(label, choices):
            return [(None, 0.0)]
        return [(name, _log(chances[label][name])) for name in self.known[label]]

    def _with(self, label: str, name: str | None, choices: dict[str, str],
              spent: tuple[float, ...]) -> tuple[dict[str, str], tuple[float, ...]]:
        if name is None:
            return choices, spent
        paid = tuple(one + cost.extra[label][name] for one, (cost, _) in zip(spent, self.costs, strict=True))
        return {**choices, label: name}, paid

    def _order(self) -> list[str]:
        """Parents first."""
        order: list[str] = []
        while len(order) < len(self.known):
            order += [label for label in self.known if label not in order and all(
                parent in order for way in self.known.ways.get(label, ()) for parent in way)]
        return order

    def _rests(self, order: list[str], values: dict[str, float], best: Callable[[float, float], float]) -> list[float]:
        """What the decisions from each place on add at best; one that may not exist may add nothing."""
        rests = [0.0]
        for label in reversed(order):
            rests.append(rests[-1] + (best(values[label], 0.0) if label in self.known.ways else values[label]))
        return rests[::-1]

    def _cheapest(self) -> str:
        order = self._order()
        least = [cost.base + self._rests(order, _minima(cost), min)[0] for cost, _ in self.costs]
        return " and ".join(f"the cheapest has {one:,.0f} {cost.kind.replace('_', '-')} where {most:,} are allowed"
                            for one, (cost, most) in zip(least, self.costs, strict=True))


def _minima(cost: Prices) -> dict[str, float]:
    """{label: what its cheapest candidate costs more than the first one}."""
    return {label: min(row.values()) for label, row in cost.extra.items()}


def _log(chance: float) -> float:
    return math.log(max(chance, LEAST))
