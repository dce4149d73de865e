"""Images that a function makes, in place of pictures in files: for notebooks, tests, and data that live in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nasreid.batch import Batch

Images = Callable[[np.ndarray, int], Tensor]


class TensorSet:
    """The images of a frame of N rows with labels (N,), batch by batch, as a `PictureSet` gives those of files.

    images(places (n,), look) -> (n, 3, H, W), normalised; places are those of the rows in `places` (N,), by default 0
    to N - 1, and look is the number that an augmentation may draw from: the epoch, or with both modalities the step.
    """

    def __init__(self, frame: pd.DataFrame, labels: np.ndarray, images: Images, places: np.ndarray | None = None):
        self.places = np.arange(len(frame)) if places is None else places
        self.labels = torch.as_tensor(np.array(labels, dtype=np.int64))
        self.cameras = torch.as_tensor(frame["camera"].to_numpy(dtype=np.int64, copy=True))
        infrared = torch.as_tensor((frame["modality"] == "infrared").to_numpy(dtype=bool, copy=True))
        self.modality = infrared if bool(infrared.any()) else None
        self.images = images

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, look: int, rows: np.ndarray) -> Batch:
        """The images at `rows` (n,) of the set."""
        chosen = torch.as_tensor(np.array(rows, dtype=np.int64))
        modality = None if self.modality is None else self.modality[chosen]
        return Batch(self.images(self.places[rows], look), self.labels[chosen], self.cameras[chosen], modality)

    def batches(self, size: int = 64) -> list[Batch]:
        """All images in the order of the frame, with look 0."""
        starts = range(0, len(self), size)
        return [self.batch(0, np.arange(start, min(start + size, len(self)))) for start in starts]
