"""Ranks: the processes that share one run, each with its part of every batch. One alone is the rule and costs nothing.

A value that is handed on, and no state: what it says to the others goes through torch.distributed, whose group of
processes `nasreid.training.world` opens. Gradients on a rank are, by convention, `size` times what its own rows add,
so that their mean over the ranks is that of the whole batch, for what all ranks compute as well as for what each
computes of its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
import torch.distributed as group
from torch import Tensor

from nasreid.errors import NasreidError
from nasreid.files import Document


class Lost(NasreidError):
    """Another rank has ended, so that this one cannot go on."""


@dataclass(frozen=True)
class Ranks:
    """rank: the number of this process, from 0, among `size` of them."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and logs."""
        return self.rank == 0

    def check(self, p: int, k: int, halves: int = 1) -> None:
        """NasreidError unless the ranks can share a batch of P identities x K images (of each modality) evenly."""
        if halves == 2 and p % self.size:
            raise NasreidError(f"batches of P={p} identities of both modalities over {self.size} devices; expected a "
                               "P that they divide, as each takes whole identities")
        if p * k % self.size:
            raise NasreidError(f"batches of {p} x {k} images over {self.size} devices; expected a number that they "
                               "divide")

    def own(self, rows: np.ndarray, halves: int = 1) -> np.ndarray:
        """Of rows (N,) of a batch those of this rank: N / size that follow each other, or half as many of each half.

        >>> Ranks(1, 2).own(np.arange(8)).tolist(), Ranks(1, 2).own(np.arange(8), 2).tolist()
        ([4, 5, 6, 7], [2, 3, 6, 7])
        """
        return rows.reshape(halves, self.size, -1)[:, self.rank].reshape(-1)

    def gather(self, x: Tensor, halves: int = 1) -> Tensor:
        """The rows of all ranks (N, …) in the order of the batch, from this rank's own (N / size, …)."""
        return x if self.size == 1 else cast(Tensor, _Gather.apply(x, self, halves))

    def mean(self, x: Tensor) -> Tensor:
        """The mean over the ranks of a tensor that each has, for all of them; differentiable."""
        return x if self.size == 1 else cast(Tensor, _Mean.apply(x, self))

    def stacked(self, x: Tensor) -> Tensor:
        """(size, …): that of each rank, without gradient."""
        own = x.detach().contiguous()
        if self.size == 1:
            return own[None]
        sent = own.view(torch.uint8) if own.dtype == torch.bool else own
        found = sent.new_empty(self.size, *sent.shape)
        with reached():
            # the first is the name that torch 2.13 has given it
            gather: Any = getattr(group, "all_gather_single", None) or group.all_gather_into_tensor
            gather(found.flatten(0, 1) if sent.ndim else found, sent)
        return found.view(own.dtype)

    def total(self, x: Tensor) -> Tensor:
        """The sum over the ranks, without gradient; halves are added up in float32."""
        if self.size == 1:
            return x.detach()
        kept = x.detach().to(torch.promote_types(x.dtype, torch.float32), copy=True).contiguous()
        with reached():
            group.all_reduce(kept)
        return kept.to(x.dtype)

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Put the mean over the ranks in the place of each tensor: one message for those of a kind."""
        if self.size == 1:
            return
        kinds: dict[torch.dtype, list[Tensor]] = {}
        for tensor in tensors:
            kinds.setdefault(tensor.dtype, []).append(tensor)
        for some in kinds.values():
            flat = self.total(torch.cat([tensor.reshape(-1) for tensor in some])).div_(self.size)
            for tensor, mean in zip(some, flat.split([tensor.numel() for tensor in some]), strict=True):
                tensor.copy_(mean.view_as(tensor))

    def highest(self, number: int) -> int:
        """The largest of the numbers that the ranks have."""
        if self.size == 1:
            return number
        found = torch.tensor(number)
        with reached():
            group.all_reduce(found, op=group.ReduceOp.MAX)
        return int(found)

    def told(self, document: Document | None = None) -> Document:
        """What rank 0 has, for all: tensors and plain values, on the CPU."""
        if self.size == 1:
            return document or {}
        buffer = io.BytesIO()
        if self.first:
            torch.save(document or {}, buffer)
        size = torch.tensor(buffer.tell())
        with reached():
            group.broadcast(size, 0)
            content = torch.frombuffer(bytearray(buffer.getvalue()), dtype=torch.uint8) if self.first else \
                torch.empty(int(size), dtype=torch.uint8)
            group.broadcast(content, 0)
        return torch.load(io.BytesIO(content.numpy().tobytes()), map_location="cpu", weights_only=True)


ALONE = Ranks()


@contextmanager
def reached() -> Iterator[None]:
    """Inside, ranks wait for each other; Lost where one of them has ended."""
    try:
        yield
    except RuntimeError as error:
        raise Lost("another device's process has ended; the same command goes on from the last checkpoint") from error


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks, halves: int) -> Tensor:
        ctx.ranks, ctx.halves = ranks, halves
        found = ranks.stacked(x).unflatten(1, (halves, -1))  # (W, halves, n, …)
        return found.transpose(0, 1).reshape(-1, *x.shape[1:])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        ranks: Ranks = ctx.ranks
        whole = ranks.total(gradients[0]).unflatten(0, (ctx.halves, ranks.size, -1))  # (halves, W, n, …)
        return whole[:, ranks.rank].flatten(0, 1), None, None


class _Mean(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks.total(x).div_(ranks.size)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return ctx.ranks.total(gradients[0]).div_(ctx.ranks.size), None
