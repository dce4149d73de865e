"""Statistics of a BatchNorm: of groups of values as one, of a batch in parts, and of a batch that ranks share.

A batch over several ranks is normalised as one: means and variances are those of all its rows, as on one device.
torch's own SyncBatchNorm refuses tensors on a CPU, and is another class, which a space's cheaper mix would not know.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from nasreid.ranks import ALONE, Ranks


def check_several(number: int) -> None:
    """ValueError, as torch has it, unless there are several values a channel: one has no variance to train with."""
    if number < 2:
        raise ValueError(f"Expected more than 1 value per channel when training, got {number}")


def count_batch(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> float:
    """Count one more batch, where a layer counts; how far its running statistics move towards that batch, 0 to 1."""
    if layer.num_batches_tracked is None:
        return 0.0
    layer.num_batches_tracked.add_(1)
    return 1 / float(layer.num_batches_tracked) if layer.momentum is None else layer.momentum


def unbiased(variance: Tensor, number: int) -> Tensor:
    """Biased variance (C,) of `number` values -> what running statistics keep."""
    return variance * (number / (number - 1))


def pooled_variance(variances: Tensor, gaps: Tensor) -> Tensor:
    """Biased variance (C,) of groups of one size, from theirs and the gaps of their means to the mean of all (N, C).

    The law of total variance.
    """
    return (variances + gaps.square()).mean(0)


def pooled_pair(first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor], share: float) -> tuple[Tensor, Tensor]:
    """Mean and biased variance (C,) of two groups as one, of which the second has a `share` of the values."""
    (mean, variance), (mean2, variance2) = first, second
    gap = mean2 - mean
    return mean.lerp(mean2, share), variance.lerp(variance2, share).addcmul_(gap, gap, value=share * (1 - share))


def moments(x: Tensor, ranks: Ranks) -> tuple[Tensor, Tensor]:
    """Mean and biased variance (C,) of x (N, C, …) over all ranks, of which each has as many rows; without gradient."""
    with torch.no_grad():
        exact = x.dtype in (torch.float32, torch.float64)
        spare = None if exact else x.new_zeros(x.shape[1], dtype=torch.float32)  # asks for moments in float32
        means, variances = ranks.stacked(torch.stack(torch.batch_norm_update_stats(x, spare, spare, 0.0))).unbind(1)
        mean = means.mean(0)
        return mean, pooled_variance(variances, means - mean)


def remember(layer: nn.BatchNorm1d | nn.BatchNorm2d, mean: Tensor, variance: Tensor, number: int) -> None:
    """Move the running statistics of a layer in training towards those of a batch of `number` values a channel."""
    check_several(number)
    share = count_batch(layer)
    if layer.running_mean is not None and layer.running_var is not None:
        layer.running_mean.lerp_(mean.to(layer.running_mean), share)
        layer.running_var.lerp_(unbiased(variance, number).to(layer.running_var), share)


class Shared(nn.modules.batchnorm._BatchNorm):
    """What a BatchNorm becomes while ranks share its batch (`share_batches`). Not made by hand."""

    ranks: Ranks = ALONE

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, …) -> (N, C, …), normalised over the rows of all ranks."""
        layer = cast(nn.BatchNorm2d, self)
        if not self.training and self.running_mean is not None:
            return super().forward(input)
        self._check_input_dim(input)
        mean, variance = moments(input, self.ranks)
        if self.training:
            remember(layer, mean, variance, self.ranks.size * input.numel() // input.shape[1])
        normed = _Normed.apply(input, self.weight, self.bias, mean, variance, self.eps, self.ranks)
        return cast(Tensor, normed)


class Shared1d(Shared, nn.BatchNorm1d):
    """BatchNorm1d over the rows of all ranks."""


class Shared2d(Shared, nn.BatchNorm2d):
    """BatchNorm2d over the rows of all ranks."""


def share_batches(module: nn.Module, ranks: Ranks) -> None:
    """Every BatchNorm in a module, in place, over the rows of all ranks from now on; ALONE: over its own, as before.

    Layers stay the objects that they are, and so do the names of their states: only their class changes.
    """
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            plain: Any = _plain(type(layer))
            layer.__class__ = plain if ranks.size == 1 else _shared(plain)
            layer.__dict__.pop("ranks", None)
            if isinstance(layer, Shared):
                layer.ranks = ranks


def ranks_of(layer: nn.Module) -> Ranks:
    """Who shares the batches of a BatchNorm."""
    return layer.ranks if isinstance(layer, Shared) else ALONE


@cache
def _shared(cls: type[nn.Module]) -> Any:
    """A class in which what `cls` does is around what `Shared` does."""
    base = Shared1d if issubclass(cls, nn.BatchNorm1d) else Shared2d
    if cls in (nn.BatchNorm1d, nn.BatchNorm2d):
        return base
    return type(cls.__name__, (cls, base), {"__module__": cls.__module__, "__doc__": cls.__doc__})


def _plain(cls: type[nn.Module]) -> type[nn.Module]:
    """What a class was before it was shared."""
    if cls in (Shared1d, Shared2d):
        return nn.BatchNorm1d if cls is Shared1d else nn.BatchNorm2d
    return cast("type[nn.Module]", cls.__bases__[0]) if issubclass(cls, Shared) else cls


class _Normed(torch.autograd.Function):
    """(x - mean) / deviation * weight + bias, whose mean and deviation follow from the rows of all ranks."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor | None, bias: Tensor | None, mean: Tensor, variance: Tensor,
                eps: float, ranks: Ranks) -> Tensor:
        ctx.ranks, ctx.eps = ranks, eps
        ctx.save_for_backward(x, weight, mean, (variance + eps).rsqrt())
        return torch.native_batch_norm(x, weight, bias, mean, variance, False, 0.0, eps)[0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        x, weight, mean, inverse = ctx.saved_tensors
        plain = x.ndim != 4 or x.is_contiguous()
        dy = gradients[0].contiguous(memory_format=torch.contiguous_format if plain else torch.channels_last)
        reduce = torch.ops.aten.native_batch_norm_backward.default
        _, products, sums = reduce(dy, x, weight, None, None, mean, inverse, True, ctx.eps, [False, True, True])
        dx = None
        if ctx.needs_input_grad[0]:
            scale = inverse if weight is None else inverse * weight
            number = ctx.ranks.size * x.numel() // x.shape[1]
            along_deviation, along_mean = ctx.ranks.total(torch.stack([products, sums])) * (scale / number)
            slope = along_deviation * inverse
            dx = affine_pair(x, dy, slope, scale, mean * slope - along_mean)
        return dx, products if ctx.needs_input_grad[1] else None, sums if ctx.needs_input_grad[2] else None, \
            None, None, None, None


def affine_pair(x: Tensor, dy: Tensor, slope: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """dy * scale - x * slope + shift, maps (N, C, …) and vectors (C,), in the memory format of x."""
    slope, scale, shift = (v.view(-1, *(1,) * (x.ndim - 2)) for v in (slope, scale, shift))
    return torch.addcmul(shift, x, slope, value=-1, out=torch.empty_like(x, dtype=scale.dtype)).addcmul_(
        dy, scale).to(x.dtype)
