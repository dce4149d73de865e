"""The class memory of MSINet's Twins Contrastive Mechanism (eq. 2 and 3), and of clusters without labels."""

from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.objectives.memory_softmax import cross_entropy
from nasreid.objectives.memory_updates import Update, check_update, one_each
from nasreid.waits import sent


class Memory(Objective):
    """Contrastive classification against one remembered vector per class; MSINet, eq. 2.

    loss = mean over the batch of -log softmax(memory f / temperature)[y], with f the L2-normalised vector of a sample.

    Args:
        classes: C, the number of identities.
        width: D, the width of `Embedding.vectors`.
        temperature: tau of eq. 2.
        momentum: beta of eq. 3, the share of the old row that an update keeps.
        renormalise: keep every row at unit length, after every sample (official code); the paper does not.
        start: "centroids" (paper: the mean vector of each class) or "zeros" (official code: a class is a zero
            vector, so without any pull, until it has been seen once).
        update: what moves a row in eq. 3: "every" sample of its class in turn (MSINet), the "hardest" one of a batch,
            or the "centroid" of those in it (`nasreid.objectives.memory_updates`).

    State: buffers `memory` (C, D) and `ready`, a bool: whether `forward` may be called.
    """

    by_sample = True
    memory: Tensor
    ready: Tensor

    def __init__(
        self,
        classes: int,
        width: int,
        temperature: float = 0.05,
        momentum: float = 0.2,
        renormalise: bool = False,
        start: Literal["centroids", "zeros"] = "centroids",
        update: Update = "every",
    ) -> None:
        super().__init__()
        _check(classes, temperature, momentum, start)
        check_update(update)
        self.temperature = temperature
        self.momentum = momentum
        self.renormalise = renormalise
        self.update = update
        self.needs_start = start == "centroids"
        self.register_buffer("memory", torch.zeros(classes, width))
        self.register_buffer("ready", torch.tensor(not self.needs_start))
        self.started = not self.needs_start  # what `ready` says, without a look at the device
        self.register_load_state_dict_post_hook(Memory._loaded)

    @staticmethod
    def _loaded(memory: Any, keys: object) -> None:
        memory.started = bool(memory.ready)

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """Eq. 2 for vectors (N, D) and identities (N,); a scalar. Changes no state.

        Raises:
            NasreidError: the memory starts from centroids and `start` has not been called.
        """
        if not self.started:
            raise NasreidError("memory: not started; expected start(vectors, identities) before the first loss")
        vectors = F.normalize(embedding.vectors, dim=1).to(self.memory)
        return cross_entropy(vectors, self.memory, batch.identities, self.temperature)

    @torch.no_grad()
    def start(self, vectors: Tensor, identities: Tensor) -> None:
        """Forget everything and begin from the centroids of vectors (M, D) with identities (M,), or from zeros.

        Raises:
            NasreidError: a class has no vector to take the centroid of.
        """
        self.memory.zero_()
        if self.needs_start:
            self.memory.copy_(_centroids(vectors.to(self.memory), identities, len(self.memory)))
            if self.renormalise:
                self.memory.copy_(F.normalize(self.memory, dim=1))
        self.ready.fill_(True)
        self.started = True

    @torch.no_grad()
    def learn(self, embedding: Embedding, batch: Batch) -> None:
        """Eq. 3, sample after sample in batch order: c_y <- beta c_y + (1 - beta) f. Call it after `backward`."""
        vectors = embedding.vectors.detach().to(self.memory)
        if self.update != "every":
            self._move(*one_each(self.update, self.memory, F.normalize(vectors, dim=1), batch.identities))
        elif self.renormalise:
            self._one_by_one(F.normalize(vectors, dim=1), batch)
        else:
            self._at_once(vectors, batch.identities)

    def _at_once(self, vectors: Tensor, identities: Tensor) -> None:
        """A class adds up to beta^n of its row and (1 - beta) beta^(n - j) of the j-th of its n samples."""
        same = identities.unsqueeze(1) == identities  # (N, N)
        left = torch.pow(self.momentum, same.sum(1).to(vectors.dtype))
        shares = torch.pow(self.momentum, same.triu_(1).sum(1).to(vectors.dtype))
        shares.div_(torch.linalg.vector_norm(vectors, dim=1).clamp_min_(1e-12))  # as F.normalize does
        old = self.memory.index_select(0, identities).mul_(left.unsqueeze(1))
        self.memory.index_copy_(0, identities, old)  # once or n times: the same
        self.memory.index_add_(0, identities, vectors * shares.unsqueeze(1), alpha=1 - self.momentum)

    def _one_by_one(self, vectors: Tensor, batch: Batch) -> None:
        """Rows of different classes are independent: the k-th sample of every class can be learnt at once."""
        turns = occurrences(batch.labels)
        order, sizes = sent(turns.argsort(stable=True), vectors.device), turns.bincount().tolist()
        parts = (t.index_select(0, order).split(sizes) for t in (vectors, batch.identities))
        for now, classes in zip(*parts, strict=True):
            self._move(now, classes)

    def _move(self, vectors: Tensor, classes: Tensor) -> None:
        """Eq. 3 for vectors (C', D), each of another class (C',)."""
        rows = torch.lerp(vectors, self.memory.index_select(0, classes), self.momentum)
        self.memory.index_copy_(0, classes, F.normalize(rows, dim=1) if self.renormalise else rows)


def occurrences(identities: Tensor) -> Tensor:
    """How often the identity of each sample came before it: (N,) -> (N,) int64.

    >>> occurrences(torch.tensor([7, 2, 7, 7, 2])).tolist()
    [0, 0, 1, 2, 1]
    """
    same = identities[:, None] == identities[None, :]  # (N, N)
    return same.tril(-1).sum(1)


def _centroids(vectors: Tensor, identities: Tensor, classes: int) -> Tensor:
    """Mean of the L2-normalised vectors (M, D) of each class: (C, D)."""
    counts = torch.bincount(identities, minlength=classes)
    if len(counts) > classes or not counts.all():
        seen = f"{int((counts > 0).sum())} identities, the largest {len(counts) - 1 if len(identities) else None}"
        raise NasreidError(f"memory: vectors of {seen}; expected some of each of the {classes} classes from 0")
    sums = vectors.new_zeros(classes, vectors.shape[1]).index_add_(0, identities, F.normalize(vectors, dim=1))
    return sums / counts[:, None]


def _check(classes: int, temperature: float, momentum: float, start: str) -> None:
    if classes < 1:
        raise NasreidError(f"memory: classes={classes}; expected at least 1")
    if temperature <= 0:
        raise NasreidError(f"memory: temperature={temperature}; expected a positive number")
    if not 0 <= momentum <= 1:
        raise NasreidError(f"memory: momentum={momentum}; expected a number from 0 to 1")
    if start not in ("centroids", "zeros"):
        raise NasreidError(f"memory: start={start!r}; expected 'centroids' or 'zeros'")
