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

from nasreid.ranks import ALONE, Ranks
from nasreid.spaces.in_placement_moments import moments, through_moments
from nasreid.spaces.in_placement_norms import Affine, Moments
from nasreid.spaces.map_blocks import Block, Blocks, shaped


@dataclass(frozen=True)
class Term:
    """`affine` turns moments into coefficients, differentiably; `both`: it needs those of u, too."""

    affine: Callable[[Moments], Affine]
    both: bool


def rectified_sum(terms: Sequence[Term], parameters: Sequence[Tensor], weights: Tensor, xs: Sequence[Tensor],
                  us: Sequence[Tensor], ranks: Ranks = ALONE) -> Tensor:
    """weights (K,); xs and us of (N, C, H, W), one for all terms or one each -> the sum (N, C, H, W).

    parameters: all that the terms depend on besides moments; each term is called once. ranks: who shares the batch.
    Works in the memory format of xs[0]. On a CPU a term of weight 0 costs nothing forward.
    """
    made: Any = _RectifiedSum.apply(terms, ranks, len(xs), len(us), weights, *xs, *us, *parameters)
    return made


class _RectifiedSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, terms: Sequence[Term], ranks: Ranks, xs: int, us: int, weights: Tensor,
                *given: Tensor) -> Tensor:
        work = _Work(given[:xs], given[xs: xs + us])
        found = work.moments([term.both for term in terms], ranks)
        with torch.enable_grad():  # the small part of the graph, which the backward pass goes through by itself
            made = [term.affine(found[work.pair(k)]) for k, term in enumerate(terms)]
            small = _stacked(made, found[0].mean)
        ctx.save_for_backward(weights, *given[: xs + us])
        ctx.counts, ctx.small, ctx.moments, ctx.parameters = (xs, us), small, found, given[xs + us:]
        return work.sum(small.detach(), weights)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        weights, *maps = ctx.saved_tensors
        work = _Work(maps[: ctx.counts[0]], maps[ctx.counts[0]:])
        small, scale = ctx.small.detach(), weights.to(ctx.small.dtype)
        sums = work.back(small, scale, gradients[0])
        leaves = [*(m.all for m in ctx.moments), *(p for p in ctx.parameters if p.requires_grad)]
        found = torch.autograd.grad(ctx.small, leaves, sums * scale[:, None, None, None], retain_graph=True,
                                    allow_unused=True)
        work.through([m.all.detach() for m in ctx.moments], found)
        rest = iter(found[len(ctx.moments):])
        to_parameters = [next(rest) if p.requires_grad else None for p in ctx.parameters]
        to_weights = (small * sums).sum((1, 2, 3)).to(weights.dtype)
        return None, None, None, None, to_weights, *work.gradients(), *to_parameters


class _Work:
    """The maps of one sum and what reaches them, gone through block by block."""

    def __init__(self, xs: Sequence[Tensor], us: Sequence[Tensor]):
        self.kinds = [m.dtype for m in (*xs, *us)]
        self.exact = reduce(torch.promote_types, self.kinds, torch.float32)
        self.blocks = Blocks(xs[0], self.exact)
        self.xs, self.us = ([self.blocks.view(m) for m in maps] for maps in (xs, us))
        self.pairs = max(len(xs), len(us))
        self.to_xs: list[Tensor] = []
        self.to_us: list[Tensor] = []

    def pair(self, term: int) -> int:
        """Which pair of x and u a term is of."""
        return term if self.pairs > 1 else 0

    def moments(self, both: Sequence[bool], ranks: Ranks = ALONE) -> list[Moments]:
        """Of each pair; of u, too, where a term of it needs them."""
        needed = both if self.pairs > 1 else [any(both)]
        tables = [moments(self.blocks, _of(self.xs, k), _of(self.us, k) if two else None)
                  for k, two in enumerate(needed)]
        return [Moments(self.blocks.positions, table.requires_grad_(), ranks) for table in tables]

    def sum(self, small: Tensor, weights: Tensor) -> Tensor:
        """Coefficients (K, 3, N, C) of u, x and 1, weights (K,) -> the sum (N, C, H, W)."""
        live, made = _live(weights), torch.empty_like(self.xs[0], dtype=self.exact)
        rows, factors, room = small, weights.to(small.dtype), self.blocks.scratch(len(live))
        if len(live) < len(small):
            rows, factors = rows[live], factors[live]
        table = torch.stack([*rows[:, :2].unbind(1), -rows[:, 2]])  # (3, K, N, C)
        rest = (rows[:, 2] * factors[:, None, None]).sum(0)
        for block in self.blocks.all:
            total, z = made[block], shaped(room, made[block])
            of_u, of_x, bound = self.blocks.over(block, table)
            _times(z, self._part(self.xs, live, block), of_x)
            _plus_times(z, self._part(self.us, live, block), of_u)
            torch.maximum(z, bound, out=z)  # the constant is added once for all
            _onto(total, z, factors)
            total.add_(self.blocks.over(block, rest))
        return self.blocks.back(made).to(reduce(torch.promote_types, self.kinds))

    def back(self, small: Tensor, weights: Tensor, gradient: Tensor) -> Tensor:
        """What reaches the coefficients (K, 3, N, C), to be times the weights. Begins the gradients of xs and us."""
        blocks, up, each = self.blocks, self.blocks.view(gradient), list(range(len(small)))
        self.to_xs, self.to_us = ([torch.empty_like(m, dtype=self.exact) for m in maps] for maps in (self.xs, self.us))
        sums, rooms = torch.zeros_like(small), blocks.scratch(2 * len(small))
        factors = small[:, :2] * weights[:, None, None, None]
        table = torch.stack([*small[:, :2].unbind(1), -small[:, 2], *factors.unbind(1)])  # (5, K, N, C)
        for block in blocks.all:
            g, xs, us = up[block].to(self.exact), self._part(self.xs, each, block), self._part(self.us, each, block)
            of_u, of_x, bound, to_u, to_x = blocks.over(block, table)
            through, products = shaped(rooms, g).chunk(2)
            _plus_times(_times(through, xs, of_x), us, of_u)
            through.gt_(bound).mul_(g)
            for row, term in enumerate((us, xs)):
                blocks.place(block, sums)[:, row] += _times(products, term, through).sum(blocks.dim + 1)
            blocks.place(block, sums)[:, 2] += through.sum(blocks.dim + 1)
            for made, factor in ((self.to_xs, to_x), (self.to_us, to_u)):
                if len(made) == 1:
                    _onto(made[0][block], through, factor)
                else:
                    for k, own in enumerate(made):
                        torch.mul(through[k], factor[k], out=own[block])
        return sums

    def through(self, found: Sequence[Tensor], gradients: Sequence[Tensor | None]) -> None:
        """Add what reaches xs and us through the moments `found`, given what reaches those."""
        for k, (own, gradient) in enumerate(zip(found, gradients, strict=False)):
            if gradient is not None:
                through_moments(self.blocks, own, gradient, _of(self.xs, k), _of(self.us, k), _of(self.to_xs, k),
                                _of(self.to_us, k))

    def _part(self, maps: Sequence[Tensor], terms: Sequence[int], block: Block) -> list[Tensor]:
        """What the terms see of a block: one map each, or the same one; products of two types would be slow."""
        found = [maps[k][block] for k in terms] if len(maps) > 1 else [maps[0][block]]
        return [own.to(self.exact) for own in found]

    def gradients(self) -> list[Tensor]:
        """Of xs, then of us."""
        made = zip((*self.to_xs, *self.to_us), self.kinds, strict=True)
        return [self.blocks.back(gradient).to(kind) for gradient, kind in made]


def _times(out: Tensor, maps: Sequence[Tensor], factors: Tensor) -> Tensor:
    """Into out (K, …): maps, one for all or one each, times factors (K, …)."""
    if len(maps) == 1:
        return torch.mul(maps[0], factors, out=out)
    for own, m, factor in zip(out, maps, factors, strict=True):
        torch.mul(m, factor, out=own)
    return out


def _plus_times(out: Tensor, maps: Sequence[Tensor], factors: Tensor) -> Tensor:
    """out (K, …) plus maps times factors, in place."""
    if len(maps) == 1:
        return out.addcmul_(maps[0], factors)
    for own, m, factor in zip(out, maps, factors, strict=True):
        own.addcmul_(m, factor)
    return out


def _stacked(terms: Sequence[Affine], like: Tensor) -> Tensor:
    """The coefficients that the terms have for u, x and 1: (K, 3, N, C)."""
    one = torch.ones_like(like)
    return torch.stack([torch.stack([one * a.other, one * a.scale, one * a.shift]) for a in terms])


def _onto(total: Tensor, parts: Tensor, factors: Tensor) -> None:
    """Into total: the sum of parts (K, …) times factors (K, …)."""
    torch.mul(parts[0], factors[0], out=total)
    for part, factor in zip(parts[1:], factors[1:], strict=True):
        total.addcmul_(part, factor)


def _of(maps: Sequence[Tensor], k: int) -> Tensor:
    return maps[k] if len(maps) > 1 else maps[0]


def _live(weights: Tensor) -> list[int]:
    """The terms that count, all of them where looking would make a device wait, and one at least."""
    if weights.device.type != "cpu":
        return list(range(len(weights)))
    return [k for k, weight in enumerate(weights.tolist()) if weight] or [0]
