"""Any picture of Pillow's as upright RGB of eight bits: the one place that says what its levels and its rotation mean.

Sixteen bits are scaled to eight, and what a camera noted of its rotation (EXIF) is carried out. Numbers without a known
range (floating-point, 32 bits) are refused: whatever scale were guessed, another program would guess another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageFile

from nasreid.errors import NasreidError

ORIENTATION, BITS, PHOTOMETRIC = 274, 258, 262  # tags of EXIF and TIFF
WHITE_IS_ZERO = 0
SIXTEEN = ("I;16", "I;16L", "I;16B", "I;16N")
WIDENED = ("PNG", "PPM")  # their sixteen bits are in mode I in some versions of Pillow
TURN = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90}  # fmt: skip


def upright(image: Image.Image, name: str) -> Image.Image:
    """The picture in RGB, as its camera was held; raises NasreidError, in the name of `name`, for levels of no range.

    Only a picture that comes from a file is turned: one that a program made may have been turned by it.
    """
    image.load()  # TIFF files are turned here, by Pillow
    levels = _levels(image, name)
    turn = TURN.get(_orientation(image)) if isinstance(image, ImageFile.ImageFile) else None
    return levels if turn is None else levels.transpose(turn)


def _levels(image: Image.Image, name: str) -> Image.Image:
    if image.mode in SIXTEEN or (image.mode == "I" and image.format in WIDENED):
        return _eight_bits(image).convert("RGB")
    if image.mode.startswith(("I", "F")):
        kind = "floating-point" if image.mode == "F" else "32-bit"
        raise NasreidError(f"{name}: a picture of {kind} levels, whose range is not known; expected 8 or 16 bits")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey levels of 16 bits (in a TIFF file perhaps 12) in 8: the nearest of v / 257."""
    tags: Any = getattr(image, "tag_v2", {})
    top = 2 ** int(tags.get(BITS, (16,))[0]) - 1
    values = np.asarray(image).astype(np.uint32)
    grey = ((values * 255 + top // 2) // top).clip(0, 255).astype(np.uint8)
    return Image.fromarray(255 - grey if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO else grey)


def _orientation(image: Image.Image) -> Any:
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:  # whatever a torn note leads Pillow into: the picture itself may be whole
        return None
