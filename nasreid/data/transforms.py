"""From a picture to a network's input: MSINet's augmentation in training, a plain resize in evaluation.

Pictures are uint8 arrays (H, W, 3) until `normalise`; every random function takes the Generator it draws from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nasreid.errors import NasreidError

Picture = Image.Image | np.ndarray
MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)  # ImageNet, RGB
STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
ERASE_FILLS = {"mean": (0.0, 0.0, 0.0), "official": (0.4914, 0.4822, 0.4465)}  # both written after normalisation


def resize(image: Picture, height: int, width: int) -> np.ndarray:
    """Antialiased bilinear resize to uint8 (height, width, 3)."""
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    picture = picture.convert("RGB")
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.array(picture)


def flip(image: np.ndarray, rng: np.random.Generator, probability: float = 0.5) -> np.ndarray:
    """Mirror (H, W, 3) left to right with the given probability."""
    return image[:, ::-1] if rng.random() < probability else image


def pad_crop(image: np.ndarray, rng: np.random.Generator, pad: int) -> np.ndarray:
    """Zero-pad (H, W, 3) by `pad` pixels on each side, then cut a random (H, W) out of it."""
    height, width = image.shape[:2]
    top, left = rng.integers(0, 2 * pad + 1, size=2)
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)))
    return padded[top : top + height, left : left + width]


def jitter(image: np.ndarray, rng: np.random.Generator, strength: tuple[float, float, float, float]) -> np.ndarray:
    """Brightness, contrast and saturation by a factor in [1-s, 1+s], hue shifted by [-s, s] of the circle, in random
    order; a strength of 0 leaves the property alone. (H, W, 3) uint8 -> the same."""
    for which in rng.permutation(4):
        if strength[which] > 0:
            image = _JITTERS[which](image, rng.uniform(-strength[which], strength[which]))
    return image


def normalise(image: np.ndarray) -> Tensor:
    """uint8 (H, W, 3) -> float32 (3, H, W), ImageNet mean and standard deviation."""
    scaled = (image.astype(np.float32) / np.float32(255) - MEAN) / STD
    return torch.from_numpy(np.ascontiguousarray(scaled.transpose(2, 0, 1)))  # (H, W, 3) -> (3, H, W)


def erase(image: Tensor, rng: np.random.Generator, probability: float = 0.5, fill: str = "mean") -> Tensor:
    """Random erasing (Zhong et al., AAAI 2020): with the given probability overwrite one rectangle of (3, H, W).

    Area 0.02 to 0.4 of the picture and aspect 0.3 to 1/0.3, both uniform; returns a new tensor.
    """
    if rng.random() >= probability:
        return image
    height, width = image.shape[1:]
    for _ in range(100):
        area = rng.uniform(0.02, 0.4) * height * width
        aspect = rng.uniform(0.3, 1 / 0.3)
        h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < h < height and 0 < w < width:
            top, left = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
            image = image.clone()
            image[:, top : top + h, left : left + w] = torch.tensor(ERASE_FILLS[fill], dtype=image.dtype)[:, None, None]
            return image
    return image


@dataclass(frozen=True)
class Plain:
    """Evaluation: resize and normalise, picture -> float32 (3, height, width)."""

    height: int
    width: int

    def resize(self, image: Picture) -> np.ndarray:
        """The part that never changes, (height, width, 3) uint8: what a cache keeps."""
        return resize(image, self.height, self.width)

    def finish(self, image: np.ndarray, rng: np.random.Generator) -> Tensor:
        """The rest: (height, width, 3) uint8 -> (3, height, width)."""
        return normalise(image)

    def __call__(self, image: Picture, rng: np.random.Generator | None = None) -> Tensor:
        return normalise(self.resize(image))


@dataclass(frozen=True)
class Augment:
    """Training: resize, flip, zero-pad and crop, colour jitter, normalise, random erasing -> (3, height, width).

    `pad` is in pixels of the resized picture; `erase_fill` is "mean" (zero after normalisation) or "official" (the
    constant of MSINet's code, written after normalisation); `jitter` = brightness, contrast, saturation, hue.
    """

    height: int
    width: int
    flip: float = 0.5
    pad: int = 10
    erase: float = 0.5
    erase_fill: str = "mean"
    jitter: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if self.erase_fill not in ERASE_FILLS:
            raise NasreidError(f"erase_fill {self.erase_fill!r}: expected one of {', '.join(ERASE_FILLS)}")

    def resize(self, image: Picture) -> np.ndarray:
        """The part that never changes, (height, width, 3) uint8: what a cache keeps."""
        return resize(image, self.height, self.width)

    def finish(self, image: np.ndarray, rng: np.random.Generator) -> Tensor:
        """The random rest: (height, width, 3) uint8 -> (3, height, width)."""
        image = pad_crop(flip(image, rng, self.flip), rng, self.pad)
        image = jitter(image, rng, self.jitter)
        return erase(normalise(image), rng, self.erase, self.erase_fill)

    def __call__(self, image: Picture, rng: np.random.Generator) -> Tensor:
        return self.finish(self.resize(image), rng)


def _grey(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)  # (H, W)


def _blend(image: np.ndarray, other: np.ndarray | float, factor: float) -> np.ndarray:
    blended = other + (image.astype(np.float32) - other) * np.float32(factor)
    return np.clip(blended + np.float32(0.5), 0, 255).astype(np.uint8)


def _brightness(image: np.ndarray, change: float) -> np.ndarray:
    return _blend(image, 0.0, 1 + change)


def _contrast(image: np.ndarray, change: float) -> np.ndarray:
    return _blend(image, float(_grey(image).mean()), 1 + change)


def _saturation(image: np.ndarray, change: float) -> np.ndarray:
    return _blend(image, _grey(image)[:, :, None], 1 + change)


def _hue(image: np.ndarray, change: float) -> np.ndarray:
    hue, saturation, value = Image.fromarray(np.ascontiguousarray(image)).convert("HSV").split()
    hue = hue.point([(level + round(change * 256)) % 256 for level in range(256)])
    return np.array(Image.merge("HSV", (hue, saturation, value)).convert("RGB"))


_JITTERS = (_brightness, _contrast, _saturation, _hue)
