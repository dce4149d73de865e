"""Opening a picture file, or saying which one cannot be opened.

Two decoders: "fast" reads JPEG with libjpeg-turbo alone, "pillow" reads everything with Pillow. Their pixels are equal
(both use the accurate DCT, smooth upsampling and no scaling); what simplejpeg does not take goes to Pillow, which has
the last word.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from nasreid.errors import NasreidError

DECODERS = ("fast", "pillow")
JPEG = b"\xff\xd8\xff"
COLOURS = ("YCbCr", "Gray", "RGB")  # what libjpeg itself turns into RGB


def decode(path: str) -> Image.Image:
    """The whole picture at `path`, in RGB; raises NasreidError naming the file when it does not decode."""
    return _pillow(path, _bytes(path))


def pixels(path: str, decoder: str = "fast") -> np.ndarray:
    """The picture at `path` as uint8 (H, W, 3), RGB; raises as `decode` does, for the same files."""
    data = _bytes(path)
    if decoder == "fast" and data.startswith(JPEG):
        import simplejpeg

        try:
            if simplejpeg.decode_jpeg_header(data)[2] in COLOURS:
                return simplejpeg.decode_jpeg(data, "RGB")
        except ValueError:
            pass  # torn, or stranger than it may be: Pillow decides
    return np.array(_pillow(path, data))


def check_decoder(name: str) -> None:
    """Raises NasreidError for a decoder that is none of `DECODERS`."""
    if name not in DECODERS:
        raise NasreidError(f"decoder {name!r}: expected one of {', '.join(DECODERS)}")


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise NasreidError(f"{path}: no such file; expected a picture") from None
    except OSError as error:
        raise NasreidError(f"{path}: {error.strerror}; expected a picture") from None


def _pillow(path: str, data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NasreidError(f"{path}: truncated or not a picture; expected a complete JPEG file") from error
