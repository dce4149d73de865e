"""Batches as workers send them: uint8 pictures, a quarter of the bytes, that the device normalises and erases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nasreid.batch import Batch
from nasreid.data.batches.boxes import Box
from nasreid.waits import sent

MEAN = (0.485, 0.456, 0.406)  # ImageNet, RGB
STD = (0.229, 0.224, 0.225)
ERASE_FILLS = {"mean": (0.0, 0.0, 0.0), "official": (0.4914, 0.4822, 0.4465)}  # both written after normalisation


@dataclass(frozen=True)
class Packed:
    """N augmented pictures with their labels, before normalisation.

    pixels (N, H, W, 3) uint8; boxes: the rectangle of each picture that erasing overwrites with `fill` once the picture
    is normalised, or None; identities, cameras, modality as in `Batch`.
    """

    pixels: Tensor
    boxes: Sequence[Box | None]
    fill: tuple[float, float, float]
    identities: Tensor
    cameras: Tensor
    modality: Tensor | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Batch:
        """The Batch on `device`, normalised there in float32; `dtype` converts its images afterwards."""
        images = erase(normalise(sent(self.pixels, device)), self.boxes, self.fill)
        return Batch(images, self.identities, self.cameras, self.modality).to(device, dtype)

    def pin_memory(self) -> Packed:
        """The same in page-locked memory, which a GPU reads while the CPU goes on."""
        return Packed(self.pixels.pin_memory(), self.boxes, self.fill, self.identities.pin_memory(),
                      self.cameras.pin_memory(), self.modality)


def levels() -> Tensor:
    """(2, 3, 1, 1) scale and shift of each channel: what normalising makes of a level of 0 to 255."""
    mean, std = (torch.tensor(row)[:, None, None] for row in (MEAN, STD))
    return torch.stack([1 / (255 * std), -mean / std])


def normalise(pixels: Tensor) -> Tensor:
    """uint8 (N, H, W, 3) -> float32 (N, 3, H, W), ImageNet mean and standard deviation."""
    scale, shift = sent(levels(), pixels.device).unbind()
    planes = pixels.permute(0, 3, 1, 2)  # (N, H, W, 3) -> (N, 3, H, W)
    images = torch.empty(planes.shape, device=pixels.device)
    # on a CPU picture by picture: the three passes stay in its cache
    pieces = zip(images, planes, strict=True) if pixels.device.type == "cpu" else [(images, planes)]
    for image, plane in pieces:
        image.copy_(plane.contiguous()).mul_(scale).add_(shift)
    return images


def erase(images: Tensor, boxes: Sequence[Box | None], fill: tuple[float, float, float]) -> Tensor:
    """Overwrite a rectangle of each of the normalised images (N, 3, H, W), in place; returns them."""
    colour = sent(torch.tensor(fill, dtype=images.dtype), images.device)[:, None, None]
    for image, box in zip(images, boxes, strict=True):
        if box is not None:
            image[(slice(None), *box.slices)] = colour
    return images
