"""Objective: a scalar to minimise over a batch of embeddings."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.ranks import Ranks

NEEDS = ("needs_two_images", "needs_two_identities", "needs_modalities", "needs_start")


class Objective(nn.Module, ABC):
    """A loss. Law: `forward` changes no state; only `start` and `learn` do.

    `needs_two_images` says that the objective compares images of one identity, so that batches must hold K >= 2 of
    each; `needs_two_identities` that it compares identities; `needs_modalities` that a batch must hold visible and
    infrared images. What does not fit is refused by name before the first step. `reads_neck`: it reads the neck and
    not the vectors, so `width` is that of the neck. `reads_maps`: it reads the maps, so that it is applied to the
    global feature only. `divides`: ranks divide among them what it remembers (`share`), so that none has its whole
    state. `by_sample`: its loss is the mean over the images, each judged without the others; ranks then compute that of
    their own rows only.
    """

    reads_neck: bool = False
    reads_maps: bool = False
    needs_two_images: bool = False
    needs_two_identities: bool = False
    needs_modalities: bool = False
    needs_start: bool = False
    divides: bool = False
    by_sample: bool = False

    @abstractmethod
    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """embedding of N images, their batch -> scalar ()."""

    def start(self, vectors: Tensor, identities: Tensor) -> None:
        """Before the first step, where `needs_start`: vectors (N, D) and identities (N,) of the whole part."""

    def learn(self, embedding: Embedding, batch: Batch) -> None:
        """After the step that used this batch: update memories (MSINet eq. 3). Called without gradients."""

    def share(self, ranks: Ranks) -> None:
        """Before the first step, and with ALONE after the last: who shares the run, for what ranks divide among them.

        All of them learn from the whole batch, and by default keep all there is.
        """

    def need_like(self, *parts: Objective) -> None:
        """Need what any of the parts needs: for an objective that is made of others."""
        for name in NEEDS:
            setattr(self, name, any(getattr(part, name) for part in parts))
        self.by_sample = all(part.by_sample for part in parts)


class Weighted(Objective):
    """Weighted sum of objectives: Weighted((1.0, cross_entropy), (0.05, cmmd))."""

    def __init__(self, *terms: tuple[float, Objective]):
        super().__init__()
        if not terms:
            raise NasreidError("Weighted() got no terms; expected at least one (weight, objective)")
        self.weights = [float(weight) for weight, _ in terms]
        self.objectives = nn.ModuleList([objective for _, objective in terms])
        self.need_like(*self._terms())

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


class Local(Objective):
    """Let an objective see `Embedding.local` in place of the embedding; MSINet's loss is the sum over both features.

    Args:
        objective: what to apply to the local feature; without `needs_start`, as start is given the global feature.
    """

    def __init__(self, objective: Objective) -> None:
        super().__init__()
        if objective.needs_start:
            name = type(objective).__name__
            raise NasreidError(f"local: {name} starts from vectors of the global feature; expected one without a start")
        self.objective = objective
        self.need_like(objective)

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """The wrapped objective's loss of the local feature, a scalar.

        Raises:
            NasreidError: the embedding has no local feature.
        """
        return self.objective(_local(embedding), batch)

    def learn(self, embedding: Embedding, batch: Batch) -> None:
        """Pass the local feature on."""
        self.objective.learn(_local(embedding), batch)


class Joined(Objective):
    """Let an objective see what retrieval compares, the features joined: one memory for a neck with two features.

    Args:
        objective: what to apply to the joined vectors; it reads them as both, vectors and neck.
        after_neck: whether retrieval reads the features after the neck.
    """

    def __init__(self, objective: Objective, after_neck: bool) -> None:
        super().__init__()
        self.objective, self.after_neck = objective, after_neck
        self.need_like(objective)

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """The wrapped objective's loss of the joined vectors, a scalar."""
        return self.objective(self._seen(embedding), batch)

    def start(self, vectors: Tensor, identities: Tensor) -> None:
        """Pass on joined vectors (N, D) and identities (N,)."""
        self.objective.start(vectors, identities)

    def learn(self, embedding: Embedding, batch: Batch) -> None:
        """Pass the joined vectors on."""
        self.objective.learn(self._seen(embedding), batch)

    def _seen(self, embedding: Embedding) -> Embedding:
        joined = embedding.joined(self.after_neck)
        return Embedding(joined, joined, embedding.maps)


def _local(embedding: Embedding) -> Embedding:
    if embedding.local is None:
        raise NasreidError("local: an embedding without a local feature; expected a neck with two features")
    return embedding.local
