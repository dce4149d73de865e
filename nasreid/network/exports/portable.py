"""A trained network as one function from images to features, that exporters can follow: no step depends on a value."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from nasreid.data.batches.packed import levels
from nasreid.errors import NasreidError
from nasreid.network.network import Network

MODALITIES = ("any", "visible", "infrared", "both")
IMAGES, MODALITY, FEATURES, BATCH = "images", "modality", "features", "batch"  # names in a graph


class Portable(nn.Module):
    """images (N, 3, H, W), and modality (N,) bool of a network for both -> retrieval vectors (N, D). Final.

    source: the network itself. modality: what it will see, one of MODALITIES ("any": it makes no difference). baked:
    images are uint8 levels, RGB, which the network normalises itself; else float32, normalised.
    """

    def __init__(self, network: Network, modality: str = "any", baked: bool = False):
        super().__init__()
        if modality not in MODALITIES:
            raise NasreidError(f"modality {modality!r}: expected {', '.join(MODALITIES)}")
        self.source = network
        self.network = Network(network.space.portable(modality), network.neck, network.after_neck)
        self.modality, self.baked = modality, baked
        scale, shift = levels()
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("shift", shift, persistent=False)
        self.eval()

    def forward(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W), modality (N,) bool, True = infrared -> features (N, D)."""
        if self.baked:
            images = images.float() * cast(Tensor, self.scale) + cast(Tensor, self.shift)
        if self.modality == "infrared":
            modality = torch.ones(images.shape[0], dtype=torch.bool, device=images.device)
        return self.network.vectors(images, modality)

    def example(self, height: int, width: int, number: int = 2) -> tuple[Tensor, ...]:
        """Inputs of that many pictures, each of its own levels."""
        drawn = torch.randint(0, 256, (number, 3, height, width), generator=torch.Generator().manual_seed(0))
        scale, shift = levels()
        images = drawn.to(torch.uint8) if self.baked else drawn * scale + shift
        return (images, torch.arange(number) % 2 == 1) if self.modality == "both" else (images,)


def seen(network: Network) -> str:
    """What an export of the network is for, unless somebody says it: both, where it tells them apart."""
    return "both" if network.space.sees_modality() else "any"
