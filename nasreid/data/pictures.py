"""Pictures of a frame as tensors, one by one or stacked to a Batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import Dataset

from nasreid.batch import Batch
from nasreid.data.decode import decode
from nasreid.errors import NasreidError


class PictureSet(Dataset):
    """The pictures of a frame of N rows with labels (N,); the item of the key (epoch, index) is its tensor (3, H, W).

    The transform (`Augment` or `Plain`) draws from a generator seeded by (seed, epoch, index), so that an item is a
    function of its key. `cache` keeps the resized uint8 pictures in memory (per worker: H*W*3 bytes each).
    """

    def __init__(self, frame: pd.DataFrame, labels: np.ndarray, transform: Any, seed: int = 0, cache: bool = False):
        if len(frame) != len(labels):
            raise NasreidError(f"{len(labels)} labels for {len(frame)} pictures: expected one each")
        self.paths = list(frame["path"])
        self.labels = torch.as_tensor(np.array(labels, dtype=np.int64))
        self.cameras = torch.as_tensor(frame["camera"].to_numpy(dtype=np.int64, copy=True))
        infrared = torch.as_tensor((frame["modality"] == "infrared").to_numpy(dtype=bool, copy=True))
        self.modality = infrared if infrared.any() else None
        self.transform = transform
        self.seed = seed
        self._cache: dict[int, np.ndarray] | None = {} if cache else None

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, key: tuple[int, int]) -> Tensor:
        epoch, index = key
        rng = np.random.default_rng([self.seed, int(epoch), int(index)])
        return self.transform.finish(self._resized(int(index)), rng)

    def batch(self, epoch: int, rows: np.ndarray) -> Batch:
        """Batch of the pictures at `rows` (N,), augmented as in `epoch`."""
        images = torch.stack([self[epoch, index] for index in rows])  # (N, 3, H, W)
        chosen = torch.as_tensor(np.array(rows, dtype=np.int64))
        modality = None if self.modality is None else self.modality[chosen]
        return Batch(images, self.labels[chosen], self.cameras[chosen], modality)

    def _resized(self, index: int) -> np.ndarray:
        if self._cache is None:
            return self.transform.resize(decode(self.paths[index]))
        if index not in self._cache:
            self._cache[index] = self.transform.resize(decode(self.paths[index]))
        return self._cache[index]
