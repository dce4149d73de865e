"""The most probable architecture that keeps hard limits: what a one-shot search takes where it has some."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
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
Node: TypeAlias = tuple[float, int, list[str], dict[str, str], float, tuple[float, ...]]


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
        opened = cache(space)
        refuse = refusal(limits, opened, neck, height, width)
        if refuse is None:
            return None
        kinds = {"parameters": limits.at_most_parameters, "multiply_adds": limits.at_most_multiply_adds}
        costs = [(prices(opened(), kind, height, width, quiet=True), most) for kind, most in kinds.items()
                 if most is not None]
        made = cls(known, refuse, costs)
        made({label: dict.fromkeys(names, 1.0) for label, names in known.items()})
        return made

    def __call__(self, chances: Chances) -> dict[str, str]:
        """{label: {candidate: probability}} -> choices of the decisions that exist."""
        numbers, tried = count(), None
        logs = {label: {name: _log(chances[label][name]) for name in names} for label, names in self.known.items()}
        best = {label: max(row.values()) for label, row in logs.items()}
        cheapest = [_minima(cost) for cost, _ in self.costs]
        heap: list[Node] = [(0.0, next(numbers), list(self.known), {}, 0.0, tuple(cost.base for cost, _ in self.costs))]
        while heap:
            _, _, rest, choices, found, spent = heapq.heappop(heap)
            if not rest:
                tried = self.refuse(choices)
                if tried is None:
                    return choices
                continue
            label = self.known.next(rest, choices)
            for name, log in logs[label].items():
                more = {**choices, label: name}
                left = self.known.left([other for other in rest if other != label], more)
                paid = tuple(one + cost.extra[label][name] for one, (cost, _) in zip(spent, self.costs, strict=True))
                if all(one + self._adds(left, row, min) <= most for one, row, (_, most) in zip(
                        paid, cheapest, self.costs, strict=True)):
                    hope = found + log + self._adds(left, best, max)
                    heapq.heappush(heap, (-hope, next(numbers), left, more, found + log, paid))
            if len(heap) > MOST:
                heap = heapq.nsmallest(MOST // 2, heap)
        raise NasreidError(f"no architecture keeps the limits: {self._cheapest() if tried is None else tried}; "
                           "expected a limit that some of the space keeps")

    def _adds(self, rest: Iterable[str], values: Mapping[str, float], best: Callable[[float, float], float]) -> float:
        """What these decisions add at best; one that may not exist may add nothing."""
        return sum(best(values[label], 0.0) if label in self.known.ways else values[label] for label in rest)

    def _cheapest(self) -> str:
        least = [cost.base + self._adds(self.known, _minima(cost), min) for cost, _ in self.costs]
        return " and ".join(f"the cheapest has {one:,.0f} {cost.kind.replace('_', '-')} where {most:,} are allowed"
                            for one, (cost, most) in zip(least, self.costs, strict=True))


def _minima(cost: Prices) -> dict[str, float]:
    """{label: what its cheapest candidate costs more than the first one}."""
    return {label: min(row.values()) for label, row in cost.extra.items()}


def _log(chance: float) -> float:
    return math.log(max(chance, LEAST))
