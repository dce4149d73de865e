"""What the laws show to a part: noise as images, batches and embeddings of known shapes, a frame of people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.data.batches.tensor_set import Images
from nasreid.objective import Objective
from nasreid.training.gathering import learn


def images(number: int = 4, height: int = 32, width: int = 16, seed: int = 0) -> Tensor:
    """Noise (N, 3, H, W)."""
    return torch.randn(number, 3, height, width, generator=torch.Generator().manual_seed(seed))


def people(identities: int = 10, shots: int = 4) -> pd.DataFrame:
    """A training frame: each identity has `shots` visible images of two cameras and as many infrared ones of a third.

    Identities are not numbered from 0, nor one after the other.
    """
    each = pd.DataFrame({"modality": ["visible"] * shots + ["infrared"] * shots,
                         "camera": [1, 2] * (shots // 2) + [1] * (shots % 2) + [3] * shots})
    frames = [each.assign(identity=7 * i + 3) for i in range(identities)]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(path=[f"{row:04d}.jpg" for row in frame.index], split="train", role="")


def noise(height: int = 32, width: int = 16) -> Images:
    """Images (n, 3, H, W) of the rows (n,) of a frame, the same in every step."""
    def pictures(rows: np.ndarray, look: int) -> Tensor:
        made = [torch.randn(3, height, width, generator=torch.Generator().manual_seed(int(row))) for row in rows]
        return torch.stack(made)

    return pictures


def batch(identities: int = 4, per: int = 2, modalities: int = 2) -> Batch:
    """`identities` x `per` images of each of one or two modalities, visible and infrared by turns."""
    labels = torch.arange(identities).repeat_interleave(per * modalities)
    side = torch.arange(len(labels)) % 2 == 1 if modalities == 2 else None
    return Batch(images(len(labels), 4, 2), labels, torch.zeros_like(labels), side)


def embedding(number: int, width: int = 16, seed: int = 0) -> Embedding:
    """Vectors, neck and maps (4 x 2) of N images and of their local feature, each a leaf of its own, in float64."""
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(number, width, *more, generator=generator, dtype=torch.float64).requires_grad_()
            for more in ((), (), (4, 2)) * 2]
    return embedded(made)


def embedded(values: Sequence[Tensor]) -> Embedding:
    """Vectors, neck, maps, and those of the local feature, put together."""
    return Embedding(values[0], values[1], values[2], Embedding(values[3], values[4], values[5]))


def leaves(given: Embedding) -> list[Tensor]:
    """Its vectors, necks and maps."""
    own = [given.vectors, given.neck, *([] if given.maps is None else [given.maps])]
    return own if given.local is None else [*own, *leaves(given.local)]


def interleaved(given: Batch) -> Tensor:
    """Another order (N,) of a batch, which keeps that of the images of one identity and modality."""
    keys = torch.rand(len(given), generator=torch.Generator().manual_seed(4))
    side = torch.zeros_like(given.identities) if given.modality is None else given.modality.long()
    groups = 2 * given.identities + side
    for group in groups.unique():
        keys[groups == group] = keys[groups == group].sort().values
    return keys.argsort()


def picked(given: Embedding, order: Tensor) -> Embedding:
    """An embedding in another order."""
    maps = None if given.maps is None else given.maps[order]
    local = None if given.local is None else picked(given.local, order)
    return Embedding(given.vectors[order], given.neck[order], maps, local)


def taken(given: Batch, order: Tensor) -> Batch:
    """A batch in another order."""
    return Batch(given.images[order], given.identities[order], given.cameras[order],
                 None if given.modality is None else given.modality[order])


def fitting(objective: Objective, identities: int = 4) -> Batch:
    """A batch that serves it."""
    return batch(identities, 2, 2 if objective.needs_modalities else 1)


def ready(objective: Objective, width: int, classes: int) -> Objective:
    """It, in float64, started where it wants to be, after a first step."""
    objective, first = objective.double(), fitting(objective, classes)
    if objective.needs_start:
        labels = torch.arange(3 * classes) % classes
        objective.start(embedding(len(labels), width, 5).vectors.detach(), labels)
    learn(objective, embedding(len(first), width, 6), first)
    return objective
