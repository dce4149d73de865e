"""Opening a picture file, or saying which one cannot be opened."""

from __future__ import annotations

from PIL import Image

from nasreid.errors import NasreidError


def decode(path: str) -> Image.Image:
    """The whole picture at `path`, in RGB; raises NasreidError naming the file when it does not decode."""
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except FileNotFoundError:
        raise NasreidError(f"{path}: no such file; expected a picture") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise NasreidError(f"{path}: truncated or not a picture; expected a complete JPEG file") from error
