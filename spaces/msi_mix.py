"""The weighted sum of interactions as one product per branch.

An interaction of two branches x1, x2 (per image (C, L), L = H * W) is linear in them once its coefficients are known:
y1 = (attention * A1 + diag(own)) x1 + other * x2, A1 = softmax(-x1 x2^T), and likewise for branch 2. A weighted sum of
interactions has the same form: it costs one product with a (C, C) matrix per branch, not K pairs of maps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

Pair = tuple[Tensor, Tensor]
Number = Tensor | float
TRACE = 1e-20  # entries of an attention below it are zero


@dataclass(frozen=True)
class Coefficients:
    """y = own * x + other * (x of the other branch) + attention * A x.

    own: () or (2N, C), the N images of branch 1 before those of branch 2; other: (); attention: () or (1,), and a
    float where no A is needed.
    """

    own: Number = 0.0
    other: Number = 0.0
    attention: Number = 0.0

    def __add__(self, more: Coefficients) -> Coefficients:
        return Coefficients(self.own + more.own, self.other + more.other, self.attention + more.attention)


def means(x1: Tensor, x2: Tensor) -> Tensor:
    """Channel means of two maps (N, C, H, W) -> (2N, C)."""
    # sum, not mean: its gradient is a view, that of mean a map
    return torch.cat([x1.sum((2, 3)), x2.sum((2, 3))]) / (x1.shape[2] * x1.shape[3])


def interact(c: Coefficients, x1: Tensor, x2: Tensor) -> Pair:
    """The interaction with coefficients `c` on x1, x2 (N, C, H, W) -> y1, y2 (N, C, H, W)."""
    if not isinstance(c.attention, Tensor):
        own1, own2 = _by_branch(c.own)
        return own1 * x1 + c.other * x2, own2 * x2 + c.other * x1
    if by_pixel(x1):
        return _interact_by_pixel(c, x1, x2)
    m1, m2 = x1.flatten(2), x2.flatten(2)  # (N, C, L)
    a1, a2 = _matrices(c, -(m1 @ m2.mT)).to(m1.dtype).chunk(2)  # (N, C, C) each
    y1, y2 = (c.other * m2).baddbmm_(a1, m1), (c.other * m1).baddbmm_(a2, m2)
    return y1.view_as(x1), y2.view_as(x2)


def _interact_by_pixel(c: Coefficients, x1: Tensor, x2: Tensor) -> Pair:
    """The same on maps whose channels lie next to each other, and so do those of what it returns."""
    t1, t2 = rows(x1), rows(x2)  # (N, L, C)
    a1, a2 = _matrices(c, -(t1.mT @ t2)).to(t1.dtype).mT.chunk(2)  # (N, C, C) each
    y1, y2 = (c.other * t2).to(t1).baddbmm_(t1, a1), (c.other * t1).to(t1).baddbmm_(t2, a2)
    return y1.mT.view_as(x1), y2.mT.view_as(x1)


def by_pixel(x: Tensor) -> bool:
    """Whether maps (N, C, H, W) lie in memory pixel by pixel (channels_last), and not channel by channel."""
    return x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()


def rows(x: Tensor) -> Tensor:
    """Maps (N, C, H, W) -> (N, L, C), one row a pixel, without a copy if they lie like that in memory."""
    return x.contiguous(memory_format=torch.channels_last).flatten(2).mT


def _matrices(c: Coefficients, distance: Tensor) -> Tensor:
    """Minus the energy (N, C, C) of branch 1, whose transpose is that of branch 2 -> what multiplies x (2N, C, C)."""
    matrices = c.attention * masks(torch.cat([distance, distance.mT]))
    matrices.diagonal(dim1=-2, dim2=-1).add_(c.own)
    return matrices


def masks(distance: Tensor) -> Tensor:
    """softmax(distance) over the last axis, (..., C) -> (..., C), in which entries below TRACE are zero.

    They are too small to change a sum of float64, and their products are subnormal numbers of float32, which some
    processors multiply a hundred times slower than others. Differentiable once.
    """
    return cast(Tensor, _Masks.apply(distance))


class _Masks(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, distance: Tensor) -> Tensor:
        made = F.threshold_(distance.softmax(-1), TRACE, 0.0)
        ctx.save_for_backward(made)
        ctx.kind = distance.dtype  # autocast has made float32 of it
        return made

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        made, = ctx.saved_tensors
        return torch.ops.aten._softmax_backward_data(gradients[0], made, -1, made.dtype).to(ctx.kind)


def _by_branch(own: Number) -> tuple[Number, Number]:
    if not isinstance(own, Tensor) or own.ndim == 0:
        return own, own
    own1, own2 = own[..., None, None].chunk(2)  # (N, C, 1, 1) each
    return own1, own2
