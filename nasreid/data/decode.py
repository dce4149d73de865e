"""Reading a picture file, or saying which one cannot be read: the only place in nasreid where pictures are opened.

Two decoders: "fast" reads JPEG with libjpeg-turbo alone, "pillow" reads everything with Pillow. Their pixels are equal
(both use the accurate DCT, smooth upsampling and no scaling); what simplejpeg does not take goes to Pillow, which has
the last word. What a picture's levels and rotation mean is said in `nasreid.data.upright`.
"""

from __future__ import annotations

import io
from threading import Lock
from typing import Any

import numpy as np
from PIL import Image

from nasreid.data.upright import upright
from nasreid.errors import NasreidError, one_of
from nasreid.files import read_bytes

DECODERS = ("fast", "pillow")
BYTES = 2**28  # of a file: 256 MiB
PIXELS = 2**26  # of a picture: 8192 x 8192, 192 MiB in RGB
FORMATS = ("JPEG", "MPO", "PNG", "BMP", "DIB", "WEBP", "TIFF", "PPM", "GIF", "JPEG2000", "AVIF", "TGA")
JPEG = b"\xff\xd8\xff"
COLOURS = ("YCbCr", "Gray", "RGB")  # what libjpeg itself turns into RGB
TURNED = (b"Exif\0\0", b"tiff:Orientation")  # in a JPEG file: it may say how the camera was held
TILE = (322, 323)  # tags of TIFF: width and height of the pieces that are unpacked at once

_opening = Lock()


def decode(path: str) -> Image.Image:
    """The whole picture at `path`, upright and in RGB.

    Raises NasreidError naming the file when it does not decode, or is larger than `BYTES` or `PIXELS`.
    """
    return _pillow(path, read_bytes(path, "a picture", BYTES))


def pixels(path: str, decoder: str = "fast") -> np.ndarray:
    """The picture at `path` as uint8 (H, W, 3), RGB; raises as `decode` does, for the same files."""
    data = read_bytes(path, "a picture", BYTES)
    if decoder == "fast" and data.startswith(JPEG) and not any(mark in data for mark in TURNED):
        import simplejpeg

        try:
            height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
            if colours in COLOURS and int(height) * int(width) <= PIXELS:
                return simplejpeg.decode_jpeg(data, "RGB")
        except ValueError:
            pass  # torn, or stranger than it may be: Pillow decides
    return np.array(_pillow(path, data))


def check_decoder(name: str) -> None:
    """Raises NasreidError for a decoder that is none of `DECODERS`."""
    if name not in DECODERS:
        raise NasreidError(f"decoder {one_of(name, DECODERS)}")


def _pillow(path: str, data: bytes) -> Image.Image:
    try:
        with _opened(data) as image:
            _check(path, image)
            return upright(image, path)
    except NasreidError:
        raise
    except Exception as error:  # Pillow raises whatever a torn file leads it into
        raise NasreidError(f"{path}: truncated or not a picture; expected a whole picture file") from error


def _opened(data: bytes) -> Image.Image:
    """The picture, of which the head alone is read; in place of Pillow's own limit, which warns, there is `_check`."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(io.BytesIO(data))
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _check(path: str, image: Image.Image) -> None:
    """Refuse, before it is unpacked, what is too large or would be painted by another program (EPS)."""
    if image.format not in FORMATS:
        raise NasreidError(f"{path}: a picture in {image.format}; expected one of {', '.join(FORMATS)}")
    tags: Any = getattr(image, "tag_v2", {})
    for width, height in (image.size, tuple(int(tags.get(tag, 0)) for tag in TILE)):
        if width * height > PIXELS:
            raise NasreidError(f"{path}: a picture of {width} x {height} = {width * height} pixels; expected at most "
                               f"{PIXELS}")
