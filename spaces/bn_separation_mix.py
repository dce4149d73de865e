"""Shared and separate BatchNorm at the price of one: their weighted sum as one affine map of each modality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from nasreid.network.batch_norm import (
    check_several,
    count_batch,
    moments,
    pooled_pair,
    ranks_of,
    remember,
    unbiased,
)
from nasreid.ranks import Ranks


def mixed(share: nn.BatchNorm2d, parts: Sequence[tuple[nn.BatchNorm2d, int]], weights: Tensor, x: Tensor) -> Tensor:
    """x (N, C, H, W), weights (2,) of sharing and separation -> the weighted sum of what both make of x.

    parts: the layer of each modality and how many images it has, in the order in which they lie in x. Layers are alike
    but for their values. Means and variances are taken once a modality; those of the whole batch follow by the law of
    total variance. Running statistics end up as the two candidates would leave them. The result has the memory format
    of x, and a backward pass needs the values of x alone.
    """
    layers, sizes = [share, *(layer for layer, _ in parts)], [size for _, size in parts]
    with torch.no_grad():
        own = share.training or share.running_mean is None
        found = _moments(layers, sizes, x) if own else [(_known(layer.running_mean), _known(layer.running_var))
                                                        for layer in layers]
        mean, variance = (torch.stack(column) for column in zip(*found, strict=True))
        inverse = (variance + share.eps).rsqrt()
    vectors = [*(layer.weight for layer in layers), *(layer.bias for layer in layers)] if share.affine else []
    weights, of = weights.to(mean.dtype), sizes if own else None
    return cast(Tensor, _Mix.apply(x, weights, ranks_of(share), of, sizes, mean, inverse, *vectors))


class _Mix(torch.autograd.Function):
    """y = x * scale + shift for each modality, summed over the groups that it is in: the whole batch, and itself.

    mean, inverse (G, C): of the whole batch and of each modality, and one over the deviation; of: the numbers of images
    that these follow from, None if they are constant; ranks: who else has images of the groups, as many each. vectors:
    G weights and G biases (C,), or none.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weights: Tensor, ranks: Ranks, of: list[int] | None, sizes: list[int],
                mean: Tensor, inverse: Tensor, *vectors: Tensor) -> Tensor:
        groups = len(mean)
        gamma = torch.stack(vectors[:groups]).to(mean.dtype) if vectors else torch.ones_like(mean)
        beta = torch.stack(vectors[groups:]).to(mean.dtype) if vectors else torch.zeros_like(mean)
        shares = torch.cat([weights, weights[1:]] if groups == 3 else [weights])[:, None]  # (G, 1)
        scale = shares * gamma * inverse
        ctx.sizes, ctx.of, ctx.vectors, ctx.ranks = sizes, of, len(vectors), ranks
        ctx.save_for_backward(x, mean, inverse, shares, gamma, beta, scale)
        y = torch.empty_like(x)
        shift = torch.addcmul(shares * beta, mean, scale, value=-1)
        for part, out, a, b in zip(x.split(sizes), y.split(sizes), _each(scale), _each(shift), strict=True):
            _scaled(part, a, b, out)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        x, mean, inverse, shares, gamma, beta, scale = ctx.saved_tensors
        dy = outputs[0].contiguous(memory_format=_layout(x))
        sums, products = _sums(list(zip(x.split(ctx.sizes), dy.split(ctx.sizes), strict=True)), mean, inverse)
        dx = _dx(x, dy, ctx.sizes, ctx.of, ctx.ranks, mean, inverse, scale, sums, products) \
            if ctx.needs_input_grad[0] else None
        dshares = (gamma * products).addcmul_(beta, sums).sum(1)
        dweights = torch.stack([dshares[0], dshares[1:].sum()])
        dvectors = [*(shares * products).unbind(), *(shares * sums).unbind()] if ctx.vectors else []
        return dx, dweights, None, None, None, None, None, *dvectors


def _dx(x: Tensor, dy: Tensor, sizes: list[int], of: list[int] | None, ranks: Ranks, mean: Tensor, inverse: Tensor,
        scale: Tensor, sums: Tensor, products: Tensor) -> Tensor:
    """dy * scale, less its part along the mean and the deviation of each group where these follow from x."""
    dx = torch.empty_like(x)
    if of is None:
        for dpart, out, a in zip(dy.split(sizes), dx.split(sizes), _each(scale), strict=True):
            torch.mul(dpart, a, out=out)
        return dx
    sums, products = ranks.total(torch.stack([sums, products])).unbind() if ranks.size > 1 else (sums, products)
    pixels = ranks.size * x.shape[2] * x.shape[3]  # numbers stay in Python: a tensor of them would have to be sent
    along = torch.stack([row / (n * pixels) for row, n in zip(scale.unbind(), (len(x), *sizes), strict=True)])
    slope = along * inverse * products  # (G, C)
    shift = (mean * slope).addcmul_(along, sums, value=-1)
    for part, dpart, out, a, b, c in zip(x.split(sizes), dy.split(sizes), dx.split(sizes), _each(scale), _each(slope),
                                         _each(shift), strict=True):
        if x.is_cuda:
            _scaled(dpart, a, c, out)
            out.sub_(_scaled(part, b, torch.zeros_like(b), torch.empty_like(part)))
        else:
            torch.addcmul(c, part, b, value=-1, out=out).addcmul_(dpart, a)
    return dx


def _scaled(x: Tensor, scale: Tensor, shift: Tensor, out: Tensor) -> Tensor:
    """x (n, C, H, W) * scale + shift, both (C, 1, 1), into out."""
    if not x.is_cuda:
        return torch.addcmul(shift, x, scale, out=out)
    # the kernel of SyncBatchNorm, which a CPU has not: addcmul is 4 times slower where types differ, as under autocast
    scale, shift = scale.flatten().contiguous(), shift.flatten().contiguous()
    mean, inverse = torch.zeros_like(scale), torch.ones_like(scale)
    return torch.ops.aten.batch_norm_elemt.out(x, scale, shift, mean, inverse, 0.0, out=out)


def _sums(parts: list[tuple[Tensor, Tensor]], mean: Tensor, inverse: Tensor) -> tuple[Tensor, Tensor]:
    """Over each group (G, C): the sum of dy, and that of dy * (x - mean) / deviation."""
    reduce, found = torch.ops.aten.native_batch_norm_backward.default, []
    for (x, dy), m, i in zip(parts, mean[1:].unbind(), inverse[1:].unbind(), strict=True):
        _, products, sums = reduce(dy, x, i, None, None, m, i, True, 0.0, [False, True, True])
        found.append((products, sums))
    products, sums = (torch.stack(column) for column in zip(*found, strict=True))
    whole = (products / inverse[1:]).addcmul_(mean[1:] - mean[0], sums).sum(0, keepdim=True) * inverse[0]
    return torch.cat([sums.sum(0, keepdim=True), sums]), torch.cat([whole, products])


def _each(vectors: Tensor) -> Sequence[Tensor]:
    """(G, C) -> for each modality the sum (C, 1, 1) over the groups that it is in."""
    return (vectors[1:] + vectors[0]).view(len(vectors) - 1, -1, 1, 1).unbind()


def _moments(layers: list[nn.BatchNorm2d], sizes: list[int], x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Mean and biased variance (C,) of the whole batch and of each modality; training moves the running ones."""
    pixels = x.shape[2] * x.shape[3]
    if ranks_of(layers[0]).size > 1:
        return _shared_moments(layers, sizes, x)
    if layers[0].training:
        check_several(min(sizes) * pixels)
    found = [torch.batch_norm_update_stats(part, *_running(layer, x))
             for part, layer in zip(x.split(sizes), layers[1:], strict=True)]
    mean, variance = found[0] if len(found) == 1 else pooled_pair(found[0], found[1], sizes[1] / len(x))
    if layers[0].training and layers[0].running_mean is not None:
        running_mean, running_var, momentum = _running(layers[0], x)
        cast(Tensor, running_mean).lerp_(mean, momentum)
        cast(Tensor, running_var).lerp_(unbiased(variance, len(x) * pixels), momentum)
    return [(mean, variance), *found]


def _shared_moments(layers: list[nn.BatchNorm2d], sizes: list[int], x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The same over all ranks, of which each has as many images of each modality."""
    ranks = ranks_of(layers[0])
    pixels = ranks.size * x.shape[2] * x.shape[3]
    found = [moments(part, ranks) for part in x.split(sizes)]
    whole = found[0] if len(found) == 1 else pooled_pair(found[0], found[1], sizes[1] / len(x))
    for layer, size, of in zip(layers, [len(x), *sizes], [whole, *found], strict=True):
        if layer.training:
            remember(layer, *of, size * pixels)
    return [whole, *found]


def _running(layer: nn.BatchNorm2d, x: Tensor) -> tuple[Tensor | None, Tensor | None, float]:
    """Running mean and variance that this pass moves, and how far; counts the pass."""
    if layer.training and layer.num_batches_tracked is not None:
        return layer.running_mean, layer.running_var, count_batch(layer)
    exact = x.dtype in (torch.float32, torch.float64)
    spare = None if exact else x.new_zeros(x.shape[1], dtype=torch.float32)  # asks for moments in float32
    return spare, spare, 0.0


def _known(value: Tensor | None) -> Tensor:
    return cast(Tensor, value)


def _layout(x: Tensor) -> torch.memory_format:
    return torch.contiguous_format if x.is_contiguous() else torch.channels_last
