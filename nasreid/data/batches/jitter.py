"""Colour jitter: brightness, contrast, saturation and hue, in random order."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

LEVELS = np.arange(256)
GREY = np.array([0.299, 0.587, 0.114])


def jitter(image: np.ndarray, rng: np.random.Generator, strength: tuple[float, float, float, float]) -> np.ndarray:
    """Brightness, contrast and saturation by a factor in [1-s, 1+s], hue shifted by [-s, s] of the circle, in random
    order; a strength of 0 leaves the property alone. (H, W, 3) uint8 -> the same."""
    for which in rng.permutation(4):
        if strength[which] > 0:
            image = _JITTERS[which](image, rng.uniform(-strength[which], strength[which]))
    return image


def _grey(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) @ GREY.astype(np.float32)  # (H, W)


def _blend(image: np.ndarray, other: np.ndarray | float, factor: float) -> np.ndarray:
    blended = other + (image.astype(np.float32) - other) * np.float32(factor)
    return np.clip(blended + np.float32(0.5), 0, 255).astype(np.uint8)


def _level_by_level(image: np.ndarray, other: float, factor: float) -> np.ndarray:
    """The blend with one number, through a table of the 256 levels."""
    table = _blend(LEVELS, other, factor).tobytes()
    return np.frombuffer(bytearray(image.tobytes()).translate(table), np.uint8).reshape(image.shape)


def _brightness(image: np.ndarray, change: float) -> np.ndarray:
    return _level_by_level(image, 0.0, 1 + change)


def _contrast(image: np.ndarray, change: float) -> np.ndarray:
    sums = torch.from_numpy(image).sum((0, 1)).numpy()  # (3,), in integers
    return _level_by_level(image, float(sums @ GREY) / (image.size // 3), 1 + change)


def _saturation(image: np.ndarray, change: float) -> np.ndarray:
    return _blend(image, _grey(image)[:, :, None], 1 + change)


def _hue(image: np.ndarray, change: float) -> np.ndarray:
    hue, saturation, value = Image.fromarray(np.ascontiguousarray(image)).convert("HSV").split()
    hue = hue.point([(level + round(change * 256)) % 256 for level in range(256)])
    return np.array(Image.merge("HSV", (hue, saturation, value)).convert("RGB"))


_JITTERS = (_brightness, _contrast, _saturation, _hue)
