"""How the samples of a batch move the rows of a class memory: each in turn, the hardest of a class, or their mean.

Cluster Contrast (Dai et al., ACCV 2022) keeps one row a cluster and moves it by samples of a batch; the names are ours.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

from nasreid.errors import NasreidError, one_of

Update = Literal["every", "hardest", "centroid"]
UPDATES: tuple[str, ...] = get_args(Update)


def check_update(update: str) -> None:
    """Refuse a name that is none."""
    if update not in UPDATES:
        raise NasreidError(f"memory: update={one_of(update, UPDATES)}")


def one_each(update: str, memory: Tensor, vectors: Tensor, identities: Tensor) -> tuple[Tensor, Tensor]:
    """(vectors (C', D), classes (C',)) that move the rows of memory (C, D): one of each class in the batch.

    vectors (N, D) of length one, identities (N,). hardest: the sample that is least like its row, the first of equals.
    centroid: the mean of the samples, as long as it is.
    """
    classes, place = identities.unique(return_inverse=True)
    if update == "centroid":
        sums = vectors.new_zeros(len(classes), vectors.shape[1]).index_add_(0, place, vectors)
        return sums / torch.bincount(place, minlength=len(classes))[:, None], classes
    likeness = (vectors * F.normalize(memory.index_select(0, identities), dim=1)).sum(1)
    order = likeness.argsort(stable=True)
    first = torch.full_like(classes, len(identities))
    first.scatter_reduce_(0, place[order], torch.arange(len(order), device=order.device), "amin")
    return vectors[order[first]], classes
