"""Which of several inputs go on: `inputs`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NoReturn

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import check_label, choice, chosen_of

MOST = 256  # sets of inputs among which one decision chooses


class Picked(nn.Module):
    """Some of several inputs, by their places from 0 on: summed, or joined along the channels.

    Its children, if it has any, are called by those places: what each input goes through first.
    """

    def __init__(self, places: tuple[int, ...], count: int, label: str, join: bool = False):
        super().__init__()
        self.places, self.count, self.label, self.join = places, count, label, join

    def forward(self, *given: Tensor) -> Tensor:
        """`count` inputs (N, C, H, W) -> (N, C, H, W), or (N, n * C, H, W) where n of them are joined."""
        if len(given) != self.count:
            return self.refuse(given)
        return self.of([through(self, at, given[at]) for at in self.places])

    def of(self, parts: list[Tensor]) -> Tensor:
        """Parts (N, C, H, W) -> their sum, or all of them joined."""
        return torch.cat(parts, 1) if self.join else torch.stack(parts).sum(0)

    def refuse(self, given: tuple[Tensor, ...]) -> Tensor:
        """Raises for another number of inputs than was said."""
        raise NasreidError(f"inputs {self.label!r} got {len(given)} inputs; expected {self.count}")


class OpenInputs(nn.Module):
    """A decision that nobody has made yet: which inputs go on, each through a module, the child of its place."""

    def __init__(self, label: str, sets: Sequence[tuple[int, ...]], parts: Sequence[nn.Module], join: bool):
        super().__init__()
        for at, part in enumerate(parts):
            self.add_module(str(at), part)
        self.label, self.join, self.count = label, join, len(parts)
        self.sets = {_named(one): one for one in sets}
        self.names = list(self.sets)

    def settled(self, candidate: str) -> nn.Module:
        """Those inputs alone, and what they go through."""
        return settled(self, self.sets[candidate], self.count, self.label, self.join)

    def reached(self, child: str) -> frozenset[str]:
        """The sets that have an input, of which its module is a part."""
        return taking(self.sets, child)

    def forward(self, *given: object) -> NoReturn:
        """Refused: what is open has no output."""
        raise NasreidError(f"inputs {self.label!r} are still open; expected a space that is relaxed into a supernet or "
                           "frozen into a network (relax, freeze)")


def inputs(label: str, count: int, n: int, join: bool = False, parts: Sequence[nn.Module] | None = None) -> nn.Module:
    """A decision which `n` of `count` inputs go on: a module that takes all of them and returns the sum of those.

    join: they are joined along the channels instead, in their order. All inputs have one shape. Candidates are named by
    the places of the inputs, from 0 on: "0+2". The weighted sum of all candidates takes each input once. parts: for
    each input a module that it goes through first (an edge), all of one output shape; a decision in one exists only
    where its input goes on, and in a search each part runs once a step.

    >>> from nasreid.mutation import decisions, freeze
    >>> decisions(nn.Sequential(inputs("node", 3, 2)))
    {'node': ['0+1', '0+2', '1+2']}

    Raises:
        NasreidError: the label is no text or holds "/", n is not in 1 to count, there are more than 256 candidates, or
            the parts are not as many modules.
    """
    check_label(label, "inputs")
    if type(count) is not int or type(n) is not int or not 1 <= n <= count:
        raise NasreidError(f"inputs {label!r}: {n!r} of {count!r}; expected whole numbers, at least 1 and at most all")
    if math.comb(count, n) > MOST:
        raise NasreidError(f"inputs {label!r}: there are {math.comb(count, n)} ways to take {n} of {count}; expected "
                           f"at most {MOST}")
    sets = list(itertools.combinations(range(count), n))
    if parts is not None:
        return _with_parts(label, sets, parts, join)
    return choice(label, {_named(one): Picked(one, count, label, join) for one in sets}, _mix)


def _with_parts(label: str, sets: Sequence[tuple[int, ...]], parts: Sequence[nn.Module], join: bool) -> nn.Module:
    count = max(sets[-1]) + 1
    if len(parts) != count or not all(isinstance(part, nn.Module) for part in parts):
        said = ", ".join(type(part).__name__ for part in parts)
        raise NasreidError(f"parts of inputs {label!r} are {len(parts)} ({said}); expected {count} modules")
    made = OpenInputs(label, sets, parts, join)
    chosen = chosen_of(label, made.names)
    return made if chosen is None else made.settled(chosen)


def _named(places: tuple[int, ...]) -> str:
    return "+".join(map(str, places))


def settled(parts: nn.Module, places: tuple[int, ...], count: int, label: str, join: bool) -> Picked:
    """The inputs of those places, and those of the numbered children of a module that they go through."""
    picked = Picked(places, count, label, join)
    for at in places:
        picked.add_module(str(at), parts.get_submodule(str(at)))
    return picked


def taking(sets: Mapping[str, tuple[int, ...]], child: str) -> frozenset[str]:
    """The sets that have the input of a numbered child."""
    return frozenset(name for name, places in sets.items() if child.isdigit() and int(child) in places)


def through(parts: nn.Module, at: int, given: Tensor) -> Tensor:
    """An input, through the child of its place where there is one."""
    part = parts._modules.get(str(at))
    return given if part is None else part(given)


def _mix(candidates: Mapping[str, nn.Module], weights: Tensor, *given: Tensor) -> Tensor:
    """weights (K,), inputs (N, C, H, W) -> the weighted sum of all candidates, for which each input is scaled once."""
    picks = [candidate for candidate in candidates.values() if isinstance(candidate, Picked)]
    if len(given) != picks[0].count:
        return picks[0].refuse(given)
    return mixed([pick.places for pick in picks], weights, given, picks[0].join)


def mixed(sets: Sequence[tuple[int, ...]], weights: Tensor | list[Tensor], given: tuple[Tensor, ...],
          join: bool) -> Tensor:
    """K sets of places, weights (K,), inputs (N, C, H, W) -> the weighted sum of what each set makes of the inputs."""
    if join:
        return torch.cat([_summed(list(column), weights, given) for column in zip(*sets, strict=True)], 1)
    return torch.stack([_summed([at if at in places else -1 for places in sets], weights, given)
                        for at in range(len(given))]).sum(0)


def _summed(places: list[int], weights: Tensor | list[Tensor], given: tuple[Tensor, ...]) -> Tensor:
    """places (K,): the input that each candidate has here, -1 for none -> inputs, each times the weights of those."""
    parts = [given[at] * torch.stack([w for w, place in zip(weights, places, strict=True) if place == at]).sum()
             for at in sorted({*places} - {-1})]
    return torch.stack(parts).sum(0)
