"""Rectangles of a picture: what random erasing overwrites and where random patches go."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

PATCH_AREA = (0.01, 0.5)  # of the picture; the paper gives no sizes
PATCH_ASPECT = (0.1, 10.0)


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    top: int
    left: int
    height: int
    width: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)


def erase_box(rng: np.random.Generator, height: int, width: int, probability: float = 0.5) -> Box | None:
    """Random erasing (Zhong et al., AAAI 2020): with the given probability, the rectangle to overwrite.

    Area 0.02 to 0.4 of the picture and aspect 0.3 to 1/0.3, both uniform.
    """
    if rng.random() >= probability:
        return None
    for _ in range(100):
        found = _box(rng, height, width, rng.uniform(0.02, 0.4), rng.uniform(0.3, 1 / 0.3))
        if found:
            return found
    return None


def paste_patch(image: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> None:
    """Random patch (OSNet, section 4.1): write a patch of `other` (H, W, 3) to a random place of `image` (H, W, 3).

    The patch has 0.01 to 0.5 of the area (uniform) and an aspect of 0.1 to 10 (log-uniform) and is mirrored every
    second time; one that does not fit is left out. Cut and pasted at its own size.
    """
    height, width = image.shape[:2]
    aspect = math.exp(rng.uniform(*np.log(PATCH_ASPECT)))
    found = _box(rng, height, width, rng.uniform(*PATCH_AREA), aspect)
    if found is None:
        return
    top, left = rng.integers(0, height - found.height + 1), rng.integers(0, width - found.width + 1)
    patch = other[found.slices]
    target = Box(int(top), int(left), found.height, found.width)
    image[target.slices] = patch[:, ::-1] if rng.random() < 0.5 else patch


def _box(rng: np.random.Generator, height: int, width: int, share: float, aspect: float) -> Box | None:
    """A rectangle of that share of the area and aspect (height / width) anywhere inside, or None where none fits."""
    area = share * height * width
    h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
    if not (0 < h < height and 0 < w < width):
        return None
    top, left = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
    return Box(int(top), int(left), h, w)
