"""Objective: a scalar to minimise over a batch of embeddings."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError


class Objective(nn.Module, ABC):
    """A loss. Law: `forward` changes no state; only `start` and `learn` do.

    `needs_two_images` says that the objective compares images of one identity, so that batches must hold K >= 2 of
    each; `needs_two_identities` that it compares identities; `needs_modalities` that a batch must hold visible and
    infrared images. What does not fit is refused by name before the first step. `reads_neck`: it reads the neck and
    not the vectors, so `width` is that of the neck. `reads_maps`: it reads the maps, so that it is applied to the
    global feature only.
    """

    reads_neck: bool = False
    reads_maps: bool = False
    needs_two_images: bool = False
    needs_two_identities: bool = False
    needs_modalities: bool = False
    needs_start: bool = False

    @abstractmethod
    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """embedding of N images, their batch -> scalar ()."""

    def start(self, vectors: Tensor, identities: Tensor) -> None:
        """Before the first step, where `needs_start`: vectors (N, D) and identities (N,) of the whole part."""

    def learn(self, embedding: Embedding, batch: Batch) -> None:
        """After the step that used this batch: update memories (MSINet eq. 3). Called without gradients."""


class Weighted(Objective):
    """Weighted sum of objectives: Weighted((1.0, cross_entropy), (0.05, cmmd))."""

    def __init__(self, *terms: tuple[float, Objective]):
        super().__init__()
        if not terms:
            raise NasreidError("Weighted() got no terms; expected at least one (weight, objective)")
        self.weights = [float(weight) for weight, _ in terms]
        self.objectives = nn.ModuleList([objective for _, objective in terms])
        self.needs_two_images = any(o.needs_two_images for _, o in terms)
        self.needs_two_identities = any(o.needs_two_identities for _, o in terms)
        self.needs_modalities = any(o.needs_modalities for _, o in terms)
        self.needs_start = any(o.needs_start for _, o in terms)

    def _terms(self) -> list[Objective]:
        return [o for o in self.objectives if isinstance(o, Objective)]

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """embedding of N images, their batch -> scalar ()."""
        losses = [w * o(embedding, batch) for w, o in zip(self.weights, self._terms(), strict=True)]
        return torch.stack(losses).sum()

    def start(self, vectors: Tensor, identities: Tensor) -> None:
        for objective in self._terms():
            objective.start(vectors, identities)

    def learn(self, embedding: Embedding, batch: Batch) -> None:
        for objective in self._terms():
            objective.learn(embedding, batch)
