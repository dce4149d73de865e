"""BN separation for exporters: each image finds its own layer, so that no split of a batch is a constant."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import Tensor, nn

from nasreid.space import SearchSpace
from nasreid.spaces.bn_separation_norms import Separate


class Either(nn.Module):
    """Both layers of a `Separate` on all images, of which each keeps its own.

    `infrared` (N,) bool is set before each forward pass. Twice the price of a layer, and no step that depends on how
    many images of a modality there are.
    """

    def __init__(self, visible: nn.Module, other: nn.Module):
        super().__init__()
        self.visible, self.other = visible, other
        self.infrared: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> what each image's layer makes of it."""
        if self.infrared is None:
            return self.visible(x)
        mine = self.infrared.to(x.device).reshape(-1, 1, 1, 1)  # (N,) -> (N, 1, 1, 1)
        return torch.where(mine, self.other(x), self.visible(x))


def row_by_row(inner: nn.Module, width: int, middle_width: int, modality: str) -> SearchSpace:
    """The maps of a frozen `BNSeparation` in evaluation mode, image by image; its layers are copies.

    modality: "visible" and "infrared" keep the layers of one modality and cost no more than one stream.
    """
    return _RowByRow(inner, width, middle_width, modality)


class _RowByRow(SearchSpace):

    def __init__(self, inner: nn.Module, width: int, middle_width: int, modality: str):
        super().__init__()
        self.width, self.middle_width = width, middle_width
        self.inner = copy.deepcopy(inner)
        if isinstance(self.inner, SearchSpace):
            self.inner = self.inner.portable(modality)
        for parent in list(self.inner.modules()):
            for name, child in list(parent.named_children()):
                if isinstance(child, Separate):
                    setattr(parent, name, _one(child, modality))

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W), modality (N,) bool or None (all visible) -> (N, D, h, w)."""
        self._tell(modality)
        try:
            return self.inner(images, None)
        finally:
            self._tell(None)

    def tapped(self, images: Tensor, modality: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The maps in the middle (N, middle_width, h', w') and the maps, of an inner space that has them."""
        if not isinstance(self.inner, SearchSpace):
            return super().tapped(images, modality)
        self._tell(modality)
        try:
            return self.inner.tapped(images, None)
        finally:
            self._tell(None)

    def _tell(self, modality: Tensor | None) -> None:
        for module in self.modules():
            if isinstance(module, Either):
                module.infrared = modality


def _one(layer: Separate, modality: str) -> nn.Module:
    kept = {"visible": layer.visible, "infrared": layer.infrared, "any": layer.visible}
    found = kept[modality] if modality in kept else Either(layer.visible, layer.infrared)
    return nn.Sequential(found, nn.ReLU()) if layer.rectify else cast(nn.Module, found)
