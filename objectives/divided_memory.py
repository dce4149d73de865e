"""A contrastive memory that is larger than a device: each rank keeps and updates its own part of the rows."""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.objectives.memory import Memory
from nasreid.objectives.memory_softmax import softmax
from nasreid.ranks import ALONE, Ranks
from nasreid.waits import sent

CHUNK = 2**16  # rows that travel at once where the parts are put together


class DividedMemory(Objective):
    """`Memory`, whose C rows the ranks of a run divide among them: about C / W rows of D numbers each.

    Loss, gradients and updates are those of the whole memory: the softmax follows from each part's logarithm of its
    sum and its mean row (N (1 + 2 D) numbers a step travel, whatever C is), and a row is updated where it lives. In a
    checkpoint, and after the run, rank 0 has the whole. Alone it is a `Memory`.

    Args: see `Memory`.

    State: `own.memory` (C, D) or, on a rank, its part; `own.ready`.
    """

    divides = True

    def __init__(self, classes: int, width: int, temperature: float = 0.05, momentum: float = 0.2,
                 renormalise: bool = False, start: Literal["centroids", "zeros"] = "centroids") -> None:
        super().__init__()
        with torch.device("meta"):
            self.own = Memory(classes, width, temperature, momentum, renormalise, start)
        self.own.memory, self.own.ready = _untouched(classes, width), torch.tensor(self.own.started)
        self.classes, self.ranks, self.low, self.shared = classes, ALONE, 0, False
        self.needs_start = self.own.needs_start

    def share(self, ranks: Ranks) -> None:
        """Keep the rows of this rank, of whole memories that are equal; ALONE: put them together on rank 0."""
        if ranks.size > self.classes:
            raise NasreidError(f"memory of {self.classes} classes over {ranks.size} devices; expected no more devices "
                               "than classes")
        if self.ranks.size > 1:
            whole = self._whole()
            self.own.memory = self.own.memory if whole is None else whole
        self.low = self._bound(ranks, ranks.rank)
        if ranks.size > 1 or not self.shared:
            self.own.memory = self.own.memory[self.low: self._bound(ranks, ranks.rank + 1)].clone()
        self.ranks, self.shared = ranks, True

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """Eq. 2 for vectors (N, D) and identities (N,) of the whole batch; a scalar."""
        if self.ranks.size == 1 or not self.own.started:
            return self.own(embedding, batch)
        vectors = F.normalize(embedding.vectors, dim=1).to(self.own.memory)
        loss = _CrossEntropy.apply(vectors, self.own.memory, batch.identities - self.low, self.own.temperature,
                                   self.ranks)
        return cast(Tensor, loss)

    def start(self, vectors: Tensor, identities: Tensor) -> None:
        """Begin from the centroids of vectors (M, D) with identities (M,), or from zeros."""
        here = self._here(identities)
        self.own.start(vectors[here], identities[here] - self.low)

    def learn(self, embedding: Embedding, batch: Batch) -> None:
        """Eq. 3 for the rows that live here."""
        here = self._here(batch.labels).nonzero().squeeze(1)
        if len(here):
            part, rows = batch.some(here, self.low), sent(here, batch.identities.device)
            self.own.learn(Embedding(embedding.vectors[rows], embedding.neck[rows]), part)

    def _here(self, identities: Tensor) -> Tensor:
        """Which of them (N,) have their row on this rank."""
        return (identities >= self.low) & (identities < self.low + len(self.own.memory))

    def _bound(self, ranks: Ranks, rank: int) -> int:
        """Where the part of a rank begins."""
        return rank * self.classes // ranks.size

    def _whole(self) -> Tensor | None:
        """All rows (C, D), on rank 0; None elsewhere."""
        longest = -(-self.classes // self.ranks.size)
        mine = self.own.memory
        whole = mine.new_empty(self.classes, mine.shape[1]) if self.ranks.first else None
        for begin in range(0, longest, CHUNK):
            chunk = mine[begin: begin + CHUNK]
            room = min(CHUNK, longest - begin) - len(chunk)
            every = self.ranks.stacked(F.pad(chunk, (0, 0, 0, room)))  # (W, n, D)
            if whole is None:
                continue
            for rank, rows in enumerate(every):
                low, high = (self._bound(self.ranks, r) for r in (rank, rank + 1))
                part = whole[low + begin: min(high, low + begin + CHUNK)]
                part.copy_(rows[: len(part)])
        return whole

    def state_dict(self, *args: Any, **options: Any) -> Any:
        """As of any module; while the memory is divided rank 0 gets the whole of it, so that all ranks have to ask."""
        found = super().state_dict(*args, **options)
        whole = self._whole() if self.ranks.size > 1 else None
        if whole is not None:
            found[f"{options.get('prefix', '')}own.memory"] = whole
        return found

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *others: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        name = f"{prefix}own.memory"
        if name in state_dict and len(state_dict[name]) == self.classes:
            state_dict[name] = state_dict[name][self.low: self.low + len(self.own.memory)]
        super()._load_from_state_dict(state_dict, prefix, *others)


def _untouched(classes: int, width: int) -> Tensor:
    """Zeros (C, D) that take no room until somebody writes there, which a rank does in a copy of its part."""
    return torch.from_numpy(np.zeros((classes, width), torch.empty(0).numpy().dtype))


class _CrossEntropy(torch.autograd.Function):
    """As that of `memory_softmax`, over rows of which each rank has some."""

    @staticmethod
    def forward(ctx: Any, vectors: Tensor, rows: Tensor, places: Tensor, temperature: float, ranks: Ranks) -> Tensor:
        with torch.autocast(vectors.device.type, enabled=False):
            queries = vectors / temperature
            log_sums, mean = softmax(queries, rows, True)
            assert mean is not None
            inside = (places >= 0) & (places < len(rows))
            own = rows[places.clamp(0, len(rows) - 1)] * inside[:, None]
            top = ranks.stacked(log_sums).amax(0)
            share = (log_sums - top).exp()[:, None]
            sums, means, own = ranks.total(torch.cat([share, share * mean, own], 1)).split(
                [1, mean.shape[1], mean.shape[1]], 1)
            loss = (top + sums[:, 0].log() - (queries * own).sum(1)).mean()
        ctx.save_for_backward((means / sums - own) / (temperature * len(vectors)))
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return gradients[0] * ctx.saved_tensors[0], None, None, None, None
