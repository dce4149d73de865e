"""Pictures of a frame as tensors, one by one or packed to a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import Dataset

from nasreid.data.batches.cache import Cache
from nasreid.data.batches.packed import Packed
from nasreid.data.batches.resize import resize_all
from nasreid.data.batches.transforms import Augment, Plain
from nasreid.data.decode import pixels
from nasreid.data.frame import checked_columns
from nasreid.errors import NasreidError

TOGETHER = 16  # pictures decoded before they are resized: whole ones may be large
WHOLE = 2**27  # bytes of them, after which no further one is decoded before


class PictureSet(Dataset):
    """The pictures of a frame of N rows with labels (N,); the item of the key (epoch, index) is its tensor (3, H, W).

    The transform (`Augment` or `Plain`) draws from a generator seeded by (seed, epoch, index), so that an item is a
    function of its key. `cache` bytes (0: none) keep resized uint8 pictures in memory, H*W*3 bytes each. anew: a
    picture that is in a batch again looks new there; it looks the same otherwise.
    """

    def __init__(self, frame: pd.DataFrame, labels: np.ndarray, transform: Augment | Plain, seed: int = 0,
                 cache: int = 0):
        if len(frame) != len(labels):
            raise NasreidError(f"{len(labels)} labels for {len(frame)} pictures: expected one each")
        checked_columns(frame, needed=("path", "camera", "modality"))
        self.paths = list(frame["path"])
        self.labels = torch.as_tensor(np.array(labels, dtype=np.int64))
        self.cameras = torch.as_tensor(frame["camera"].to_numpy(dtype=np.int64, copy=True))
        self._infrared = (frame["modality"] == "infrared").to_numpy(dtype=bool, copy=True)
        self.modality = torch.as_tensor(self._infrared) if self._infrared.any() else None
        self.transform = transform
        self.seed, self.anew = seed, False
        self._cache = Cache(len(frame), transform.height, transform.width, cache)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, key: tuple[int, int]) -> Tensor:
        epoch, index = key
        return self.batch(epoch, np.array([index])).to("cpu").images[0]

    @property
    def kept(self) -> int:
        """How many of the pictures stay in memory once they were seen."""
        return self._cache.room

    def batch(self, epoch: int, rows: np.ndarray) -> Packed:
        """The pictures at `rows` (N,), augmented as in `epoch`."""
        height, width = self.transform.height, self.transform.width
        finished = np.zeros((len(rows), height, width, 3), dtype=np.uint8)
        boxes, before = [], Counter[int]()
        for place, (index, picture) in enumerate(zip(rows, self.resized(rows), strict=True)):
            again = [before[int(index)]] if self.anew and before[int(index)] else []
            before[int(index)] += 1
            rng = np.random.default_rng([self.seed, int(epoch), int(index), *again])
            other = partial(self._other, int(index))
            boxes.append(self.transform.draw(picture, rng, other, finished[place]))
        chosen = torch.as_tensor(np.array(rows, dtype=np.int64))
        modality = None if self.modality is None else self.modality[chosen]
        return Packed(torch.from_numpy(finished), boxes, self.transform.fill, self.labels[chosen], self.cameras[chosen],
                      modality)  # fmt: skip

    def resized(self, rows: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        """The pictures (height, width, 3) uint8 at `rows` (N,), from the cache or from their files."""
        found = {int(index): self._cache.get(int(index)) for index in rows}
        missing = [index for index, picture in found.items() if picture is None]
        for index, picture in zip(missing, self._read(missing), strict=True):
            found[index] = picture
            self._cache.put(index, picture)
        return [picture for index in rows if (picture := found[int(index)]) is not None]

    def _read(self, rows: list[int]) -> Iterator[np.ndarray]:
        """The pictures at `rows`, resized in groups that hold little memory before they are."""
        height, width, decoder = self.transform.height, self.transform.width, self.transform.decoder
        whole: list[np.ndarray] = []
        for index in rows:
            whole.append(pixels(self.paths[index], decoder))
            if len(whole) == TOGETHER or sum(picture.nbytes for picture in whole) > WHOLE:
                yield from resize_all(whole, height, width, decoder)
                whole = []
        yield from resize_all(whole, height, width, decoder) if whole else ()

    def _other(self, index: int, rng: np.random.Generator) -> np.ndarray:
        """A resized picture of the same modality as the one at `index`, whichever the generator draws."""
        alike = np.flatnonzero(self._infrared == self._infrared[index])
        return self.resized([int(alike[rng.integers(len(alike))])])[0]
