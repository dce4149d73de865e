"""A weighted sum of rectified affine maps of two inputs, in few passes over memory and without keeping any of them.

y = sum over k of w_k * ReLU(a_k x + b_k u + c_k), with maps x and u (N, C, H, W) and a, b, c (N, C) for each term: what
a choice of norms before a ReLU amounts to, since batch and instance normalisation are affine maps of each channel
of each image, whose coefficients follow from a few moments (`norm_maps`). The backward pass computes the terms again,
block by block, from x and u.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from nasreid.spaces.map_blocks import Block, Blocks, shaped
from nasreid.spaces.norm_maps import Affine, Moments
from nasreid.spaces.norm_moments import moments, through_moments


@dataclass(frozen=True)
class Term:
    """`affine` turns moments into coefficients, differentiably; `both`: it needs those of u, too."""

    affine: Callable[[Moments], Affine]
    both: bool


def rectified_sum(terms: Sequence[Term], parameters: Sequence[Tensor], weights: Tensor, xs: Sequence[Tensor],
                  us: Sequence[Tensor]) -> Tensor:
    """weights (K,); xs and us of (N, C, H, W), one for all terms or one each -> the sum (N, C, H, W).

    parameters: all that the terms depend on besides moments; each term is called once. Works in the memory format of
    xs[0]. On a CPU a term of weight 0 costs nothing forward.
    """
    made: Any = _RectifiedSum.apply(terms, len(xs), len(us), weights, *xs, *us, *parameters)
    return made


class _RectifiedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, terms: Sequence[Term], xs: int, us: int, weights: Tensor, *given: Tensor) -> Tensor:
        work = _Work(given[:xs], given[xs: xs + us], len(terms))
        found = work.moments([term.both for term in terms])
        with torch.enable_grad():  # the small part of the graph, which the backward pass goes through by itself
            made = [term.affine(found[work.pair(k)]) for k, term in enumerate(terms)]
            small = _stacked(made, found[0].mean)
        ctx.save_for_backward(weights, *given[: xs + us])
        ctx.counts, ctx.small, ctx.moments, ctx.parameters = (xs, us), small, found, given[xs + us:]
        ctx.unit = [isinstance(affine.other, float) and affine.other == 1 for affine in made]
        return work.sum(small.detach(), ctx.unit, weights)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        weights, *maps = ctx.saved_tensors
        work = _Work(maps[: ctx.counts[0]], maps[ctx.counts[0]:], len(weights))
        small, scale = ctx.small.detach(), weights.to(ctx.small.dtype)
        sums, direct = work.back(small, ctx.unit, scale, gradients[0])
        leaves = [*(m.all for m in ctx.moments), *(p for p in ctx.parameters if p.requires_grad)]
        found = torch.autograd.grad(ctx.small, leaves, sums * scale[:, None, None, None], retain_graph=True,
                                    allow_unused=True)
        work.through([m.all.detach() for m in ctx.moments], found)
        rest = iter(found[len(ctx.moments):])
        to_parameters = [next(rest) if p.requires_grad else None for p in ctx.parameters]
        to_weights = ((small * sums).sum((1, 2, 3)) + direct).to(weights.dtype)
        return None, None, None, to_weights, *work.gradients(), *to_parameters


class _Work:
    """The maps of one sum and what reaches them, gone through block by block."""

    def __init__(self, xs: Sequence[Tensor], us: Sequence[Tensor], terms: int):
        self.kinds = [m.dtype for m in (*xs, *us)]
        self.exact = reduce(torch.promote_types, self.kinds, torch.float32)
        self.blocks = Blocks(xs[0], self.exact)
        self.xs, self.us = ([self.blocks.view(m) for m in maps] for maps in (xs, us))
        self.terms, self.pairs = terms, max(len(xs), len(us))
        self.to_xs: list[Tensor] = []
        self.to_us: list[Tensor] = []

    def pair(self, term: int) -> int:
        """Which pair of x and u a term is of."""
        return term if self.pairs > 1 else 0

    def moments(self, both: Sequence[bool]) -> list[Moments]:
        """Of each pair; of u, too, where a term of it needs them."""
        needed = both if self.pairs > 1 else [any(both)]
        tables = [moments(self.blocks, _of(self.xs, k), _of(self.us, k) if two else None)
                  for k, two in enumerate(needed)]
        return [Moments(self.blocks.positions, table.requires_grad_()) for table in tables]

    def sum(self, small: Tensor, unit: Sequence[bool], weights: Tensor) -> Tensor:
        """Coefficients (K, 3, N, C) of u, x and 1, where u stands alone, weights (K,) -> the sum (N, C, H, W)."""
        made = torch.empty_like(self.xs[0], dtype=self.exact)
        room, live, factors = self.blocks.scratch(1)[0], _live(weights), weights.to(small.dtype).unbind()
        for block in self.blocks.all:
            total, (xs, us, vectors) = made[block], self._here(block, small)
            z = shaped(room, total)
            for place, k in enumerate(live):
                of_u, of_x, constant = vectors[3 * k: 3 * k + 3]
                _term(z, xs[k], us[k], of_x, None if unit[k] else of_u).add_(constant).relu_()
                _onto(total, z, factors[k], not place)
        return self.blocks.back(made).to(reduce(torch.promote_types, self.kinds))

    def back(self, small: Tensor, unit: Sequence[bool], weights: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """What reaches the coefficients (K, 3, N, C), to be times the weights, and (K,) u where it stands alone.

        Begins the gradients of xs and us.
        """
        blocks, up, room = self.blocks, self.blocks.view(gradient), self.blocks.scratch(3)
        live = _live(weights)
        make = torch.empty_like if len(live) == len(unit) else torch.zeros_like
        self.to_xs, self.to_us = ([make(m, dtype=self.exact) for m in maps] for maps in (self.xs, self.us))
        sums, direct, factors = torch.zeros_like(small), small.new_zeros(len(small)), weights.unbind()
        table = torch.cat([small[:, :2], -small[:, 2:], small[:, :2] * weights[:, None, None, None]], 1)  # (K, 5, N, C)
        for block in blocks.all:
            g, (xs, us, vectors) = up[block].to(self.exact), self._here(block, table)
            to_xs, to_us = (_each([m[block] for m in maps], len(unit)) for maps in (self.to_xs, self.to_us))
            products, places = shaped(room, g), blocks.place(block, sums)
            over_u, over_x, through = products.unbind()
            for k, alone in enumerate(unit):
                of_u, of_x, bound, to_u, to_x = vectors[5 * k: 5 * k + 5]
                _term(through, xs[k], us[k], of_x, None if alone else of_u)
                if k not in live:  # nothing reaches its coefficients, but its weight would like to know its output
                    direct[k] += torch.dot(through.sub_(bound).relu_().view(-1), g.reshape(-1))
                    continue
                through.gt_(bound).mul_(g)
                torch.mul(through, xs[k], out=over_x)
                if alone:
                    direct[k] += torch.dot(through.view(-1), us[k].to(self.exact).reshape(-1))
                    places[k, 1:] += products[1:].sum(blocks.dim + 1)
                else:
                    torch.mul(through, us[k], out=over_u)
                    places[k] += products.sum(blocks.dim + 1)
                _onto(to_xs[k], through, to_x, k == live[0] or len(self.xs) > 1)
                _onto(to_us[k], through, factors[k] if alone else to_u, k == live[0] or len(self.us) > 1)
        return sums, direct

    def _here(self, block: Block, table: Tensor) -> tuple[list[Tensor], list[Tensor], Sequence[Tensor]]:
        """x and u of each term in a block, and the rows of a table (K, R, N, C)."""
        xs, us = (_each([m[block] for m in maps], len(table)) for maps in (self.xs, self.us))
        return xs, us, self.blocks.over(block, table.flatten(0, 1)).unbind()

    def through(self, found: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> None:
        """Add what reaches xs and us through the moments `found`, given what reaches those."""
        for k, (own, gradient) in enumerate(zip(found, gradients, strict=False)):
            if gradient is not None:
                through_moments(self.blocks, own, gradient, _of(self.xs, k), _of(self.us, k), _of(self.to_xs, k),
                                _of(self.to_us, k))

    def gradients(self) -> list[Tensor]:
        """Of xs, then of us."""
        made = zip((*self.to_xs, *self.to_us), self.kinds, strict=True)
        return [self.blocks.back(gradient).to(kind) for gradient, kind in made]


def _term(out: Tensor, x: Tensor, u: Tensor, of_x: Tensor, of_u: Tensor | None) -> Tensor:
    """A term before its constant; of_u None: 1."""
    if of_u is None:
        return torch.addcmul(u, x, of_x, out=out)
    return torch.mul(x, of_x, out=out).addcmul_(u, of_u)


def _stacked(terms: Sequence[Affine], like: Tensor) -> Tensor:
    """The coefficients that the terms have for u, x and 1: (K, 3, N, C)."""
    one = torch.ones_like(like)
    return torch.stack([torch.stack([one * a.other, one * a.scale, one * a.shift]) for a in terms])


def _onto(total: Tensor, part: Tensor, factor: Tensor, first: bool) -> None:
    if first:
        torch.mul(part, factor, out=total)
    else:
        total.addcmul_(part, factor)


def _each(maps: list[Tensor], terms: int) -> list[Tensor]:
    return maps if len(maps) > 1 else maps * terms


def _of(maps: Sequence[Tensor], k: int) -> Tensor:
    return maps[k] if len(maps) > 1 else maps[0]


def _live(weights: Tensor) -> list[int]:
    """The terms that count, all of them where looking would make a device wait, and one at least."""
    if weights.device.type != "cpu":
        return list(range(len(weights)))
    return [k for k, weight in enumerate(weights.tolist()) if weight] or [0]
