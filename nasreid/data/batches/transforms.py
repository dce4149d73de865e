"""From a picture to a network's input: the papers' augmentations in training, a plain resize in evaluation.

Pictures are uint8 arrays (H, W, 3) until the device normalises them (`nasreid.data.batches.packed`); every random
function takes the Generator it draws from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nasreid.data.batches.boxes import Box, erase_box, paste_patch
from nasreid.data.batches.jitter import jitter
from nasreid.data.batches.packed import ERASE_FILLS, normalise
from nasreid.data.batches.resize import resize_all
from nasreid.data.decode import check_decoder
from nasreid.data.upright import upright
from nasreid.errors import NasreidError, one_of
from nasreid.ranges import PIXELS, whole

Picture = Image.Image | np.ndarray
JITTERS = (10.0, 10.0, 10.0, 0.5)  # the strongest: half a circle is every hue
Other = Callable[[np.random.Generator], np.ndarray]


def resize(image: Picture, height: int, width: int, decoder: str = "fast") -> np.ndarray:
    """Antialiased bilinear resize to uint8 (height, width, 3)."""
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    return resize_all([np.array(upright(picture, "a picture in memory"))], height, width, decoder)[0]


def flip(image: np.ndarray, rng: np.random.Generator, probability: float = 0.5) -> np.ndarray:
    """Mirror (H, W, 3) left to right with the given probability."""
    if rng.random() >= probability:
        return image
    return torch.from_numpy(np.ascontiguousarray(image)).flip(1).numpy()  # numpy's own takes nine times as long


def pad_crop(image: np.ndarray, rng: np.random.Generator, pad: int, into: np.ndarray) -> None:
    """Zero-pad (H, W, 3) by `pad` pixels on each side, and write a random (H, W) of it `into` zeros (H, W, 3)."""
    height, width = image.shape[:2]
    down, right = np.clip(pad - rng.integers(0, 2 * pad + 1, size=2), [-height, -width], [height, width])
    into[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)] = image[
        max(0, -down) : height + min(0, -down), max(0, -right) : width + min(0, -right)
    ]


@dataclass(frozen=True)
class Plain:
    """Evaluation: resize to (height, width), picture -> float32 (3, height, width), normalised.

    `decoder` is "fast" or "pillow", see `nasreid.data.decode` and `nasreid.data.batches.resize`.
    """

    height: int
    width: int
    decoder: str = "fast"

    def __post_init__(self) -> None:
        check_decoder(self.decoder)
        whole(self, *PIXELS, "height", "width")

    @property
    def fill(self) -> tuple[float, float, float]:
        """What erasing writes: nothing is erased here."""
        return ERASE_FILLS["mean"]

    def resize(self, image: Picture) -> np.ndarray:
        """The part that never changes, (height, width, 3) uint8: what a cache keeps."""
        return resize(image, self.height, self.width, self.decoder)

    def draw(self, image: np.ndarray, rng: np.random.Generator, other: Other, into: np.ndarray) -> Box | None:
        """Write the resized picture `into` zeros of its shape; no rectangle to erase."""
        into[:] = image
        return None

    def __call__(self, image: Picture, rng: np.random.Generator | None = None) -> Tensor:
        return normalise(torch.from_numpy(self.resize(image)[None]))[0]


@dataclass(frozen=True)
class Augment:
    """What happens to a training image.

    Resize, flip, zero-pad and crop, random patch, colour jitter, normalise, random erasing.

    `flip`, `patch` and `erase` are probabilities; `pad` is in pixels of the resized picture; `erase_fill` is "mean"
    (zero after normalisation) or "official" (the constant of MSINet's code, written after normalisation); `jitter` =
    brightness, contrast, saturation, hue; `decoder` as in `Plain`.

    `patch` pastes a piece of another picture (OSNet, section 4.1). There it comes from a pool of pieces of the pictures
    seen before; here it is cut out of a picture of the same set and modality that the same generator draws, so that a
    picture follows from seed, epoch and index.
    """

    height: Annotated[int, "pixels"]
    width: Annotated[int, "pixels"]
    flip: Annotated[float, "probability of a horizontal flip"] = 0.5
    pad: Annotated[int, "pixels of padding before a random crop"] = 10
    erase: Annotated[float, "probability of random erasing"] = 0.5
    erase_fill: Annotated[str, "what erasing writes: mean, or official (the constant of MSINet's code)"] = "mean"
    jitter: Annotated[tuple[float, float, float, float], "colour jitter: brightness, contrast, saturation, hue"] = (
        0.0, 0.0, 0.0, 0.0)
    patch: Annotated[float, "probability of pasting a patch of another image"] = 0.0
    decoder: Annotated[str, "fast, or pillow (exactly Pillow's pixels)"] = "fast"

    def __post_init__(self) -> None:
        check_decoder(self.decoder)
        if len(self.jitter) != 4:
            raise NasreidError(f"jitter {list(self.jitter)}; expected four numbers: brightness, contrast, saturation, "
                               "hue")
        if self.erase_fill not in ERASE_FILLS:
            raise NasreidError(f"erase_fill {one_of(self.erase_fill, ERASE_FILLS)}")
        if not all(0 <= strength <= most for strength, most in zip(self.jitter, JITTERS, strict=True)):
            raise NasreidError(f"jitter {list(self.jitter)}; expected brightness, contrast and saturation from 0 to "
                               f"{JITTERS[0]:g}, and hue from 0 to {JITTERS[3]:g}")
        whole(self, *PIXELS, "height", "width")
        whole(self, 0, PIXELS[1], "pad")
        for name in ("flip", "erase", "patch"):
            if not 0 <= getattr(self, name) <= 1:
                raise NasreidError(f"{name} {getattr(self, name)}: expected a probability, 0 to 1")

    @property
    def fill(self) -> tuple[float, float, float]:
        """What erasing writes into the normalised picture."""
        return ERASE_FILLS[self.erase_fill]

    def resize(self, image: Picture) -> np.ndarray:
        """The part that never changes, (height, width, 3) uint8: what a cache keeps."""
        return resize(image, self.height, self.width, self.decoder)

    def draw(self, image: np.ndarray, rng: np.random.Generator, other: Other, into: np.ndarray) -> Box | None:
        """The random rest: write the resized (height, width, 3) uint8 `into` zeros of its shape, augmented.

        Returns the rectangle that erasing overwrites. other(rng) draws the resized picture that a patch is cut out of.
        """
        pad_crop(flip(image, rng, self.flip), rng, self.pad, into)
        if self.patch and rng.random() < self.patch:
            paste_patch(into, other(rng), rng)
        jittered = jitter(into, rng, self.jitter)
        if jittered is not into:
            into[:] = jittered
        return erase_box(rng, self.height, self.width, self.erase)
