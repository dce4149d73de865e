"""One batch over several ranks: the network sees its own rows, objectives see those of all."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from nasreid.batch import Batch, Embedding
from nasreid.objective import Objective
from nasreid.ranks import ALONE, Ranks


@dataclass(frozen=True)
class Gathering:
    """Puts together what the ranks have of one batch. halves: 2 where visible images come first, then infrared ones.

    Every rank then computes the same loss of the whole batch, or, where an objective judges by sample, that of its own
    rows; all learn the same from the whole batch.
    """

    ranks: Ranks = ALONE
    halves: int = 1

    def batch(self, own: Batch) -> Batch:
        """The labels of all N images in the order of the batch. No objective reads images: they are not a number."""
        if self.ranks.size == 1:
            return own
        modality = None if own.modality is None else self.ranks.gather(own.modality, self.halves)
        labels, cameras = self.ranks.gather(own.labels, self.halves), self.ranks.gather(own.cameras, self.halves)
        blank = torch.full((), torch.nan, dtype=own.images.dtype, device=own.images.device)
        made = Batch(blank.expand(len(labels), *own.images.shape[1:]), labels, cameras, modality)
        return made.on(own.identities.device)

    def embedding(self, own: Embedding, maps: bool = True) -> Embedding:
        """The embedding of all N images from that of this rank's; with maps only if somebody reads them."""
        if self.ranks.size == 1:
            return own
        vectors = self._all(own.vectors)
        neck = vectors if own.neck is own.vectors else self._all(own.neck)
        local = None if own.local is None else self.embedding(own.local, False)
        return Embedding(vectors, neck, self._all(own.maps) if maps and own.maps is not None else None, local)

    def loss(self, objective: Objective, own: Embedding, batch: Batch, whole: Batch) -> tuple[Embedding, Tensor]:
        """What the objective sees, and its loss (), whose gradients' mean over the ranks is that of all N images."""
        if self._by_sample(objective):
            return own, objective(own, batch)
        seen = self.embedding(own, reads_maps(objective))
        return seen, objective(seen, whole)

    def learn(self, objective: Objective, seen: Embedding, whole: Batch) -> None:
        """Let an objective learn from all N images of what it has seen, without gradients."""
        learn(objective, self.embedding(detached(seen), False) if self._by_sample(objective) else seen, whole)

    def value(self, objective: Objective, loss: Tensor) -> Tensor:
        """What all ranks know the loss of the N images as, without gradient, in float64."""
        value = loss.detach().double()
        return self.ranks.total(value) / self.ranks.size if self._by_sample(objective) else value

    def average(self, optimiser: Optimizer) -> None:
        """The gradients of what an optimiser moves become their means over the ranks, in one message."""
        if self.ranks.size > 1:
            self.ranks.average(p.grad for group in optimiser.param_groups for p in group["params"]
                               if p.grad is not None)

    def _by_sample(self, objective: Objective) -> bool:
        return self.ranks.size > 1 and objective.by_sample

    def _all(self, x: Tensor) -> Tensor:
        return self.ranks.gather(x, self.halves)


def divide(objectives: nn.Module, ranks: Ranks) -> None:
    """Tell all objectives in a module who shares the run, see `Objective.share`."""
    for part in objectives.modules():
        if isinstance(part, Objective):
            part.share(ranks)


def reads_maps(objective: Objective) -> bool:
    """Whether it, or anything in it, reads the maps of an embedding."""
    return any(part.reads_maps for part in objective.modules() if isinstance(part, Objective))


def learn(objective: Objective, embedding: Embedding, batch: Batch) -> None:
    """Let an objective learn from what the step saw, without gradients."""
    with torch.no_grad():
        objective.learn(detached(embedding), batch)


def detached(embedding: Embedding) -> Embedding:
    """The same embedding, cut from the graph."""
    maps = None if embedding.maps is None else embedding.maps.detach()
    local = None if embedding.local is None else detached(embedding.local)
    return Embedding(embedding.vectors.detach(), embedding.neck.detach(), maps, local)
