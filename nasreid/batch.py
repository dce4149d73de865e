"""What flows through a search: a batch of images and what the network makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from nasreid.waits import sent


@dataclass(frozen=True)
class Batch:
    """N images with their labels.

    images (N, 3, H, W) float, normalised; identities (N,) int64 class labels 0..C-1 of the part of the data that the
    batch comes from; cameras (N,) int64; modality (N,) bool, True = infrared, or None when every image is visible. The
    modality stays on the CPU, whatever the device: it decides which image goes through which layer.
    """

    images: Tensor
    identities: Tensor
    cameras: Tensor
    modality: Tensor | None = None

    @cached_property
    def labels(self) -> Tensor:
        """The identities (N,) on the CPU, where looking at them makes no device wait."""
        return self.identities.cpu()

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Batch:
        """The same batch on `device`; `dtype` converts the images only."""
        return Batch(sent(self.images, device).to(dtype=dtype), self.identities, sent(self.cameras, device),
                     self.modality).on(device)

    def on(self, device: torch.device | str) -> Batch:
        """The same batch with its identities on `device`, and known on the CPU, too."""
        made = Batch(self.images, sent(self.identities, device), self.cameras, self.modality)
        vars(made)["labels"] = self.labels
        return made

    def some(self, rows: Tensor, low: int = 0) -> Batch:
        """The images of rows (n,), which lie on the CPU, with classes that count from `low`."""
        there = sent(rows, self.identities.device)
        modality = None if self.modality is None else self.modality[rows]
        made = Batch(self.images[there], self.identities[there] - low, self.cameras[there], modality)
        vars(made)["labels"] = self.labels[rows] - low
        return made

    def pin_memory(self) -> Batch:
        """The same batch in page-locked memory, which a GPU reads while the CPU goes on."""
        return Batch(self.images.pin_memory(), self.identities.pin_memory(), self.cameras.pin_memory(), self.modality)

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

    def joined(self, after_neck: bool = False) -> Tensor:
        """What retrieval compares (N, D): the global feature, joined with the local one where there is one."""
        parts = [self] if self.local is None else [self, self.local]
        return torch.cat([part.neck if after_neck else part.vectors for part in parts], dim=1)
