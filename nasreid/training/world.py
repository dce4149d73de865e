"""The processes of one run: they find each other, one device each, and end together, whoever of them fails."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as group
from torch.distributed import distributed_c10d as c10d
from torch.distributed.rendezvous import rendezvous

from nasreid.errors import Interrupted, NasreidError, in_one_line
from nasreid.ranks import ALONE, Lost, Ranks, reached
from nasreid.training.launch import Launch

PATIENCE = timedelta(hours=2)  # others may wait so long for rank 0, which validates and writes
WORD = 3.0  # seconds that one waits for the last word of another
ENDED, READ = "ended", "read"


@contextmanager
def world(launch: Launch | None, device: torch.device) -> Iterator[Ranks]:
    """Inside, the processes of a launch are connected: by NCCL where they have GPUs, and by gloo.

    An error in one of them ends all: each with one line, and not with the same one.
    """
    if launch is None:
        yield ALONE
        return
    ranks = Ranks(launch.rank, launch.size)
    board = _Board(ranks, _opened(launch, device))
    try:
        yield ranks
    except BaseException as error:
        raise board.ended(error) from error  # the others learn of it: connections close with the process
    group.destroy_process_group()


def _opened(launch: Launch, device: torch.device) -> c10d.Store:
    """Connect the processes; where they may leave notes."""
    backend = "gloo"
    if device.type == "cuda":
        if launch.local >= torch.cuda.device_count():
            raise NasreidError(f"{launch.local + 1} or more processes on a machine with {torch.cuda.device_count()} "
                               "CUDA devices; expected one device for each process")
        torch.cuda.set_device(launch.local)
        # what a rank remembers must not depend on the order in which a GPU adds
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        backend = "cpu:gloo,cuda:nccl"
    os.environ.setdefault("MASTER_ADDR", launch.address)
    os.environ.setdefault("MASTER_PORT", str(launch.port))
    with reached(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store, _, _ = next(iter(rendezvous("env://", launch.rank, launch.size, timeout=PATIENCE)))
        group.init_process_group(backend, store=c10d.PrefixStore("group", store), rank=launch.rank,
                                 world_size=launch.size, timeout=PATIENCE)
    return c10d.PrefixStore("board", store)


@dataclass(frozen=True)
class _Board:
    """Where the first rank that ends with an error says why."""

    ranks: Ranks
    store: c10d.Store

    def ended(self, error: BaseException) -> BaseException:
        """What this rank shall end with: its own error, that of the rank which ended first, or the same in silence."""
        error = _lost(error) or error
        try:
            return self._ended(error)
        except (RuntimeError, Interrupted):  # whoever kept the notes is gone, or ends this one, too
            return error

    def _ended(self, error: BaseException) -> BaseException:
        if isinstance(error, Lost):
            if self._waited(lambda: self.store.check([ENDED])):
                rank, said = json.loads(self.store.get(ENDED))
                error = NasreidError(f"process {rank} of {self.ranks.size} has ended: {said}")
            self.store.add(READ, 1)
            return error
        said = in_one_line(error) or type(error).__name__
        first = json.loads(self.store.compare_set(ENDED, "", json.dumps([self.ranks.rank, said])))
        read = self.store.add(READ, 1)
        if self.ranks.first and read < self.ranks.size:  # the notes may go with this process
            self._waited(lambda: self.store.add(READ, 0) == self.ranks.size)
        silent = first[0] != self.ranks.rank and first[1] == said
        return SystemExit(128 + error.number if isinstance(error, Interrupted) else 2) if silent else error

    @staticmethod
    def _waited(done: Callable[[], bool]) -> bool:
        """Whether it is done within a moment."""
        until = time.monotonic() + WORD
        while not done():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True


def _lost(error: BaseException | None) -> Lost | None:
    """The loss of another rank that an error came from: launchers end who is left by a signal, on the way out, too."""
    while error is not None and not isinstance(error, Lost):
        error = error.__cause__ or error.__context__
    return error
