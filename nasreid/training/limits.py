"""Hard limits of what a search may find: by trials what costs too much is never tried, in one shot never taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from nasreid.mutation import freeze
from nasreid.network.cost import Cost, cost
from nasreid.network.network import with_neck
from nasreid.ranges import whole
from nasreid.space import SearchSpace

LARGEST = 10**18


@dataclass(frozen=True)
class Limits:
    """What an architecture may cost at most, counted as in the tables: without classifiers, of one image."""

    at_most_parameters: Annotated[int | None, "of a network: what has more is not tried, or not taken"] = None
    at_most_multiply_adds: Annotated[int | None, "for one image: what needs more is not tried, or not taken"] = None

    def __post_init__(self) -> None:
        whole(self, 1, LARGEST, "at_most_parameters", "at_most_multiply_adds")

    def any(self) -> bool:
        """Whether there is a limit."""
        return self.at_most_parameters is not None or self.at_most_multiply_adds is not None

    def broken_by(self, found: Cost) -> str | None:
        """Which limit a network breaks, in words; None where it keeps all."""
        pairs = (("parameters", found.parameters, self.at_most_parameters),
                 ("multiply-adds", found.multiply_adds, self.at_most_multiply_adds))
        for what, has, most in pairs:
            if most is not None and has > most:
                return f"with {has:,} {what} where {most:,} are allowed"
        return None


def refusal(limits: Limits, space: Callable[[], SearchSpace], neck: str, height: int,
            width: int) -> Callable[[dict[str, str]], str | None] | None:
    """Of an architecture of a space: which limit its network breaks, or None. None where there are no limits.

    space(): the space with its decisions open, made once.
    """
    if not limits.any():
        return None
    made = space()
    known: dict[tuple[tuple[str, str], ...], str | None] = {}

    def refuse(choices: dict[str, str]) -> str | None:
        key = tuple(sorted(choices.items()))
        if key not in known:
            network = with_neck(cast(SearchSpace, freeze(made, choices)), neck)
            known[key] = limits.broken_by(cost(network, height, width))
        return known[key]

    return refuse
