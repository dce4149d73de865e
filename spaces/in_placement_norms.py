"""Batch and instance normalisation as affine maps of each channel of each image, from moments taken once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, nn

from nasreid.network.batch_norm import check_several, count_batch, pooled_variance, unbiased
from nasreid.ranks import ALONE, Ranks


@dataclass(frozen=True)
class Moments:
    """Of x and u over the L positions of each channel of each image, (N, C) each; variances and covariance biased.

    Those of u are absent where nobody needs them. ranks: who else has images of the batch, as many each.
    """

    positions: int
    all: Tensor  # (5, N, C): mean and variance of x, those of u, covariance; or (2, N, C)
    ranks: Ranks = ALONE

    @property
    def mean(self) -> Tensor:
        """Of x."""
        return self.all[0]

    @property
    def variance(self) -> Tensor:
        """Of x."""
        return self.all[1]

    @cached_property
    def batch(self) -> tuple[Tensor, Tensor]:
        """Mean and biased variance of x over the batch, (C,) each, by the law of total variance."""
        mean = self.ranks.mean(self.mean.mean(0))
        return mean, self.ranks.mean(pooled_variance(self.variance, self.mean - mean))

    @property
    def number(self) -> int:
        """How many values of x a channel has in the batch."""
        return self.ranks.size * self.mean.shape[0] * self.positions


@dataclass(frozen=True)
class Affine:
    """scale x + other u + shift, (N, C) or (C,) each; other is 0 without u, 1 where u is as it was."""

    scale: Tensor
    shift: Tensor
    other: Tensor | float = 0.0

    def batch_normed(self, layer: nn.Module, moments: Moments) -> Affine:
        """BatchNorm of x alone, before any other map; in training the layer counts one more batch. Identity: itself."""
        if not isinstance(layer, nn.BatchNorm2d):
            return self
        if layer.training or layer.running_mean is None or layer.running_var is None:
            mean, variance = moments.batch
            if layer.training:
                _remember(layer, mean.detach(), variance.detach(), moments.number)
        else:
            mean, variance = layer.running_mean, layer.running_var
        return _normed(layer, mean, variance, Affine(self.scale, self.shift))

    def plus(self) -> Affine:
        """The same with u added."""
        return Affine(self.scale, self.shift, 1.0)

    def instance_normed(self, layer: nn.InstanceNorm2d, moments: Moments) -> Affine:
        """InstanceNorm of what this is a map to."""
        if moments.positions < 2 and layer.training:
            raise ValueError("Expected more than 1 spatial element when training, got 1")
        mean, variance = self.scale * moments.mean + self.shift, self.scale.square() * moments.variance
        if isinstance(self.other, Tensor) or self.other:
            other_mean, other_variance, covariance = moments.all[2:]
            mean = mean + self.other * other_mean
            variance = variance + self.other * self.other * other_variance + 2 * self.other * self.scale * covariance
        return _normed(layer, mean, variance, self)


def _normed(layer: nn.BatchNorm2d | nn.InstanceNorm2d, mean: Tensor, variance: Tensor, inner: Affine) -> Affine:
    factor = (variance + layer.eps).rsqrt()
    factor = factor if layer.weight is None else factor * layer.weight
    shift = (inner.shift - mean) * factor
    shift = shift if layer.bias is None else shift + layer.bias
    other = inner.other * factor if isinstance(inner.other, Tensor) or inner.other else 0.0
    return Affine(inner.scale * factor, shift, other)


def _remember(layer: nn.BatchNorm2d, mean: Tensor, variance: Tensor, number: int) -> None:
    check_several(number)
    if layer.running_mean is None or layer.running_var is None or layer.num_batches_tracked is None:
        return
    share = count_batch(layer)
    layer.running_mean.mul_(1 - share).add_(mean.to(layer.running_mean.dtype), alpha=share)
    kept = unbiased(variance.to(layer.running_var.dtype), number)
    layer.running_var.mul_(1 - share).add_(kept, alpha=share)
