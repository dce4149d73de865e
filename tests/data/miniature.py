"""Miniature copies of real layouts, written by the tests that read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from nasreid.data.datasets import read
from nasreid.data.layouts.market import FOLDER, SPLITS


def write_jpeg(path: Path, seed: int = 0, height: int = 8, width: int = 4) -> Path:
    """A picture of coarse noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, size=(height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, quality=90)
    return path


def truncate(path: Path) -> None:
    """Leave the first half of the file."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def market(root: Path, identities: int = 5, cameras: int = 2, shots: int = 2, infrared: bool = False) -> Path:
    """Market-1501 under `root`: identities 1.. to train, the next ones to test, a distractor, junk, and dot files."""
    base = root / FOLDER
    seed = 0
    for place, first in ((base, 1), *([(base / "infrared", 7)] if infrared else [])):
        for identity in range(1, 2 * identities + 1):
            for camera in range(first, first + cameras):
                for shot in range(shots):
                    split = "train" if identity <= identities else "gallery" if shot else "query"
                    seed += 1
                    write_jpeg(place / SPLITS[split] / f"{identity:04d}_c{camera}s1_{seed:06d}_01.jpg", seed)
        write_jpeg(place / SPLITS["gallery"] / f"0000_c{first}s1_000001_01.jpg")
        write_jpeg(place / SPLITS["gallery"] / f"-1_c{first}s1_000002_01.jpg")
        (place / SPLITS["gallery"] / "Thumbs.db").write_bytes(b"windows")
        (place / SPLITS["train"] / ".hidden.jpg").write_bytes(b"not ours")
    return base


def train_frame(root: Path, **options: int) -> pd.DataFrame:
    """The training rows of such a copy."""
    frame = read("market1501", market(root, **options))
    return frame[frame["split"] == "train"].reset_index(drop=True)


def tiff(content: bytes, tags: dict[int, int]) -> bytes:
    """A TIFF file with `content` from byte 8 on (an even number of bytes), and whole numbers as tags."""
    entries = b""
    for tag, value in sorted(tags.items()):
        fields = ((tag, 2), (4, 2), (1, 4), (value, 4))
        entries += b"".join(number.to_bytes(size, "little") for number, size in fields)
    head = b"II*\0" + (8 + len(content)).to_bytes(4, "little")
    return head + content + len(tags).to_bytes(2, "little") + entries + bytes(4)
