"""Layers that treat visible and infrared images alike or apart, and the cheap sum of both; CM-NAS, section 3.2."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.spaces.bn_separation_mix import mixed
from nasreid.waits import sent


@dataclass(frozen=True)
class Rows:
    """How a batch goes through layers that know modalities: the visible images first, then the infrared ones.

    visible: how many there are; order, back (N,): that order and its inverse, on the CPU, None where the images lie so
    already.
    """

    visible: int
    order: Tensor | None
    back: Tensor | None

    @classmethod
    def of(cls, modality: Tensor, images: int) -> Rows:
        """modality (N,) bool, True = infrared; NasreidError unless there is one value an image."""
        if modality.shape != (images,) or modality.dtype != torch.bool:
            raise NasreidError(f"modality has shape {tuple(modality.shape)} and type {modality.dtype}; expected one "
                               f"bool for each of {images} images")
        modality = modality.cpu()
        visible = int((~modality).sum())
        if bool(modality[visible:].all()):
            return cls(visible, None, None)
        order = modality.to(torch.uint8).argsort(stable=True)
        return cls(visible, order, order.argsort())

    def arranged(self, x: Tensor) -> Tensor:
        """(N, ...) in the order of the batch -> visible ones first."""
        return x if self.order is None else x[sent(self.order, x.device)]

    def restored(self, x: Tensor) -> Tensor:
        """(N, ...) visible ones first -> in the order of the batch."""
        return x if self.back is None else x[sent(self.back, x.device)]


class Separate(nn.Module):
    """A layer for visible images and one for infrared images, of the same kind: o^1 of CM-NAS, eq. 2.

    `first` is set on every such layer before each forward pass: the number of visible images, which come first; None:
    all are visible. The result is that of the two layers on their own images; a modality that is absent leaves its
    layer untouched. rectify: a ReLU before candidates are mixed.
    """

    first: int | None

    def __init__(self, layer: nn.Module, rectify: bool = False):
        super().__init__()
        self.visible = layer
        self.infrared = copy.deepcopy(layer)
        self.rectify = rectify
        self.first = None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> what the layer returns for each image, in the same order."""
        y = self._apart(x)
        return y.relu() if self.rectify else y

    def _apart(self, x: Tensor) -> Tensor:
        parts = self.present(x)
        outputs = [layer(own) for (layer, _), own in zip(parts, x.split([size for _, size in parts]), strict=True)]
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)

    def present(self, x: Tensor) -> list[tuple[nn.Module, int]]:
        """The layers that have images in x, in the order in which these lie there, and the number of images."""
        first = len(x) if self.first is None else self.first
        return [(layer, size) for layer, size in ((self.visible, first), (self.infrared, len(x) - first)) if size]

    @staticmethod
    def mix(candidates: dict[str, nn.Module], weights: Tensor, x: Tensor) -> Tensor:
        """weights (2,), x (N, C, H, W) -> the weighted sum of sharing and separation, at the price of one."""
        share, apart = cast(Share, candidates["share"]), cast(Separate, candidates["separate"])
        parts = [(cast(nn.BatchNorm2d, layer), size) for layer, size in apart.present(x)]
        if share.rectify or any(layer.training != share.training for layer, _ in parts):
            # a ReLU is not linear, and of layers of which some are frozen none tells of the others: no shorter way
            return torch.stack([layer(x) * w for layer, w in zip(candidates.values(), weights, strict=True)]).sum(0)
        return mixed(share, parts, weights if next(iter(candidates)) == "share" else weights.flip(0), x)


class Share(nn.BatchNorm2d):
    """One BatchNorm for both modalities: o^2 of CM-NAS, eq. 2. Names of weights are those of BatchNorm2d."""

    rectify: bool = False

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
