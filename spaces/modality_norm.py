"""Layers that treat visible and infrared images alike or apart, and the cheap sum of both; CM-NAS, section 3.2."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError


@dataclass(frozen=True)
class Rows:
    """Which images are of which modality. infrared (N,) bool; order (N,): visible first; back (N,): its inverse."""

    infrared: Tensor
    order: Tensor
    back: Tensor
    visible: int

    @classmethod
    def of(cls, modality: Tensor, images: int) -> Rows:
        """modality (N,) bool, True = infrared; NasreidError unless there is one value an image."""
        if modality.shape != (images,) or modality.dtype != torch.bool:
            raise NasreidError(f"modality has shape {tuple(modality.shape)} and type {modality.dtype}; expected one "
                               f"bool for each of {images} images")
        order = modality.to(torch.uint8).argsort(stable=True)
        return cls(modality, order, order.argsort(), int((~modality).sum()))


class Separate(nn.Module):
    """A layer for visible images and one for infrared images, of the same kind: o^1 of CM-NAS, eq. 2.

    `rows` is set on every such layer before each forward pass and stays for the backward pass; None: all are visible.
    The result is that of the two layers on their own images; a modality that is absent leaves its layer untouched.
    rectify: a ReLU before candidates are mixed.
    """

    rows: Rows | None

    def __init__(self, layer: nn.Module, rectify: bool = False):
        super().__init__()
        self.visible = layer
        self.infrared = copy.deepcopy(layer)
        self.rectify = rectify
        self.rows = None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> what the layer returns for each image, in the same order."""
        y = self._apart(x)
        return y.relu() if self.rectify else y

    def _apart(self, x: Tensor) -> Tensor:
        rows = self.rows
        if rows is None or rows.visible == len(x):
            return self.visible(x)
        if rows.visible == 0:
            return self.infrared(x)
        visible, infrared = rows.order[: rows.visible], rows.order[rows.visible:]
        return torch.cat([self.visible(x[visible]), self.infrared(x[infrared])])[rows.back]

    @staticmethod
    def mix(candidates: dict[str, nn.Module], weights: Tensor, x: Tensor) -> Tensor:
        """The weighted sum of sharing and separation, see `mixed`."""
        return mixed(candidates, weights, x)


class Share(nn.BatchNorm2d):
    """One BatchNorm for both modalities: o^2 of CM-NAS, eq. 2. Names of weights are those of BatchNorm2d."""

    rectify: bool = False
    mix = Separate.mix

    @classmethod
    def like(cls, layer: nn.BatchNorm2d, rectify: bool = False) -> Share:
        """A copy of a layer, weights and statistics included."""
        own = cls(layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats)
        own.load_state_dict(layer.state_dict())
        own.rectify = rectify
        return own

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        y = super().forward(input)
        return y.relu() if self.rectify else y


def mixed(candidates: dict[str, nn.Module], weights: Tensor, x: Tensor) -> Tensor:
    """weights (2,) of the candidates, x (N, C, H, W) -> the sum of their outputs (N, C, H, W), as one affine map.

    Means and variances are taken once, image by image; those of a modality and of the whole batch follow by the law of
    total variance. Running statistics end up as the candidates alone would leave them.
    """
    by_name = dict(zip(candidates, weights, strict=True))
    share, apart = cast(Share, candidates["share"]), cast(Separate, candidates["separate"])
    if share.rectify:  # a ReLU is not linear: there is no shorter way
        return torch.stack([layer(x) * by_name[name] for name, layer in candidates.items()]).sum(0)
    present = _present(apart, x)
    statistics = _Statistics(x) if _needs_statistics([share, *(layer for layer, _ in present)]) else None
    scale, shift = _affine(share, statistics, None)
    scales, shifts = x.new_zeros(len(x), x.shape[1], dtype=scale.dtype), 0.0
    for layer, rows in present:
        own_scale, own_shift = _affine(layer, statistics, rows)
        column = torch.ones(len(x), 1, dtype=scale.dtype, device=x.device) if rows is None else rows[:, None]
        scales = scales + column * (by_name["share"] * scale + by_name["separate"] * own_scale)
        shifts = shifts + column * (by_name["share"] * shift + by_name["separate"] * own_shift)
    return (x * scales[..., None, None] + cast(Tensor, shifts)[..., None, None]).to(x.dtype)


class _Statistics:
    """Mean and variance (N, C) of each image, in at least float32."""

    def __init__(self, x: Tensor):
        exact = x if x.dtype in (torch.float32, torch.float64) else x.float()
        self.pixels = x.shape[2] * x.shape[3]
        self.variance, self.mean = torch.var_mean(exact, (2, 3), correction=0)

    def of(self, rows: Tensor | None) -> tuple[Tensor, Tensor, int]:
        """rows (N,) of 0 and 1 -> mean (C,) and biased variance (C,) over those images, number of values."""
        number = len(self.mean) if rows is None else int(rows.sum())
        share = 1 / number if rows is None else rows[:, None] / number
        mean = (self.mean * share).sum(0)
        variance = ((self.variance + (self.mean - mean).square()) * share).sum(0)
        return mean, variance, number * self.pixels


def _present(apart: Separate, x: Tensor) -> list[tuple[nn.BatchNorm2d, Tensor | None]]:
    """The layers that have images, with rows (N,) of 0 and 1, None where all images are theirs."""
    visible, infrared = cast(nn.BatchNorm2d, apart.visible), cast(nn.BatchNorm2d, apart.infrared)
    rows = apart.rows
    if rows is None or rows.visible == len(x):
        return [(visible, None)]
    if rows.visible == 0:
        return [(infrared, None)]
    kind = x.dtype if x.dtype == torch.float64 else torch.float32
    return [(visible, (~rows.infrared).to(kind)), (infrared, rows.infrared.to(kind))]


def _needs_statistics(layers: list[nn.BatchNorm2d]) -> bool:
    return any(layer.training or layer.running_mean is None for layer in layers)


def _affine(layer: nn.BatchNorm2d, statistics: _Statistics | None, rows: Tensor | None) -> tuple[Tensor, Tensor]:
    """BatchNorm on its images as y = scale * x + shift, (C,) each; training moves the running statistics."""
    if statistics is not None and (layer.training or layer.running_mean is None):
        mean, variance, number = statistics.of(rows)
        if layer.training:
            if number < 2:
                raise ValueError(f"Expected more than 1 value per channel when training, got {number}")
            _remember(layer, mean.detach(), variance.detach() * (number / (number - 1)))
    else:
        mean, variance = cast(Tensor, layer.running_mean), cast(Tensor, layer.running_var)
    scale = (variance + layer.eps).rsqrt()
    if not layer.affine:
        return scale, -mean * scale
    return scale * layer.weight, layer.bias - mean * scale * layer.weight


def _remember(layer: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    if layer.running_mean is None or layer.running_var is None or layer.num_batches_tracked is None:
        return
    layer.num_batches_tracked.add_(1)
    share = 1 / float(layer.num_batches_tracked) if layer.momentum is None else layer.momentum
    layer.running_mean.mul_(1 - share).add_(mean.to(layer.running_mean.dtype), alpha=share)
    layer.running_var.mul_(1 - share).add_(variance.to(layer.running_var.dtype), alpha=share)
