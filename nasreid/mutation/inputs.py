"""Which of several inputs go on: `inputs`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.mutation.choices import check_label, choice

MOST = 256  # sets of inputs among which one decision chooses


class Picked(nn.Module):
    """Some of several inputs, by their places from 0 on: summed, or joined along the channels."""

    def __init__(self, places: tuple[int, ...], count: int, label: str, join: bool = False):
        super().__init__()
        self.places, self.count, self.label, self.join = places, count, label, join

    def forward(self, *given: Tensor) -> Tensor:
        """`count` inputs (N, C, H, W) -> (N, C, H, W), or (N, n * C, H, W) where n of them are joined."""
        return self.of([given[at] for at in self.places]) if len(given) == self.count else self.refuse(given)

    def of(self, parts: list[Tensor]) -> Tensor:
        """Parts (N, C, H, W) -> their sum, or all of them joined."""
        return torch.cat(parts, 1) if self.join else torch.stack(parts).sum(0)

    def refuse(self, given: tuple[Tensor, ...]) -> Tensor:
        """Raises for another number of inputs than was said."""
        raise NasreidError(f"inputs {self.label!r} got {len(given)} inputs; expected {self.count}")


def inputs(label: str, count: int, n: int, join: bool = False) -> nn.Module:
    """A decision which `n` of `count` inputs go on: a module that takes all of them and returns the sum of those.

    join: they are joined along the channels instead, in their order. All inputs have one shape. Candidates are named by
    the places of the inputs, from 0 on: "0+2". The weighted sum of all candidates takes each input once.

    >>> from nasreid.mutation import decisions, freeze
    >>> decisions(nn.Sequential(inputs("node", 3, 2)))
    {'node': ['0+1', '0+2', '1+2']}

    Raises:
        NasreidError: the label is no text or holds "/", n is not in 1 to count, or there are more than 256 candidates.
    """
    check_label(label, "inputs")
    if type(count) is not int or type(n) is not int or not 1 <= n <= count:
        raise NasreidError(f"inputs {label!r}: {n!r} of {count!r}; expected whole numbers, at least 1 and at most all")
    if math.comb(count, n) > MOST:
        raise NasreidError(f"inputs {label!r}: there are {math.comb(count, n)} ways to take {n} of {count}; expected "
                           f"at most {MOST}")
    sets = itertools.combinations(range(count), n)
    return choice(label, {"+".join(map(str, one)): Picked(one, count, label, join) for one in sets}, _mix)


def _mix(candidates: Mapping[str, nn.Module], weights: Tensor, *given: Tensor) -> Tensor:
    """weights (K,), inputs (N, C, H, W) -> the weighted sum of all candidates, for which each input is scaled once."""
    picks = [candidate for candidate in candidates.values() if isinstance(candidate, Picked)]
    if len(given) != picks[0].count:
        return picks[0].refuse(given)
    if picks[0].join:
        return torch.cat([_summed(list(column), weights, given)
                          for column in zip(*(pick.places for pick in picks), strict=True)], 1)
    return torch.stack([_summed([at if at in pick.places else -1 for pick in picks], weights, given)
                        for at in range(len(given))]).sum(0)


def _summed(places: list[int], weights: Tensor, given: tuple[Tensor, ...]) -> Tensor:
    """places (K,): the input that each candidate has here, -1 for none -> inputs, each times the weights of those."""
    parts = [given[at] * torch.stack([w for w, place in zip(weights, places, strict=True) if place == at]).sum()
             for at in sorted({*places} - {-1})]
    return torch.stack(parts).sum(0)
