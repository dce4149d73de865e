"""What flows through a search: a batch of images and what the network makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """N images with their labels.

    images (N, 3, H, W) float, normalised; identities (N,) int64 class labels 0..C-1 of the part of the data that the
    batch comes from; cameras (N,) int64; modality (N,) bool, True = infrared, or None when every image is visible.
    """

    images: Tensor
    identities: Tensor
    cameras: Tensor
    modality: Tensor | None = None

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Batch:
        """The same batch on `device`; `dtype` converts the images only."""
        modality = None if self.modality is None else self.modality.to(device)
        images = self.images.to(device=device, dtype=dtype, non_blocking=True)
        return Batch(images, self.identities.to(device), self.cameras.to(device), modality)

    def pin_memory(self) -> Batch:
        """The same batch with its images in page-locked memory, which a GPU reads while the CPU goes on."""
        return Batch(self.images.pin_memory(), self.identities, self.cameras, self.modality)

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Embedding:
    """What a network says of N images.

    vectors (N, D): pooled features, what triplet, memory and retrieval see. maps (N, D, h, w): the last feature maps.
    neck (N, D'): the vectors after the neck (linear layer, BatchNorm), what a classifier sees; without a neck it is
    `vectors`. local: a second feature with vectors and neck of its own (MSINet's two-feature neck), or None.
    """

    vectors: Tensor
    neck: Tensor
    maps: Tensor | None = None
    local: Embedding | None = None
