"""What a rehearsed run has taken: seconds of a step and of all else, memory, bytes on the disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.plan import Plan
from nasreid.errors import NasreidError
from nasreid.experiments.usage import MIB
from nasreid.network.memory import beside
from nasreid.network.network import Network
from nasreid.training.engine import Engine
from nasreid.training.rehearsal import Rehearsal

FEW, MOST = 3, 40  # steps of a rehearsal
SECONDS = 6.0  # of steps that are too short to tell by a few
Rehearse = Callable[[Path, Rehearsal], object]
T = TypeVar("T")


@dataclass(frozen=True)
class Subject:
    """A run that can be rehearsed.

    rehearse: the whole of it, and `again`, its steps beyond the first phase, without pictures of what was found.
    first: steps of a first phase in which less is learnt, 0 where there is none. sets: the pictures of its steps, none
    of which was seen. looks: how many pictures are looked at outside of steps.
    """

    what: str
    engine: Engine
    plan: Plan
    network: Network
    rehearse: Rehearse
    again: Rehearse
    first: int
    sets: list[PictureSet]
    looks: int


@dataclass(frozen=True)
class Taken:
    """step, early: seconds of one step, and of one of the first phase; epoch: of what an epoch ends with.

    around: seconds of all else, in a run of so few steps; memory in bytes at most; counted: of how many steps.
    """

    step: float
    early: float
    epoch: float
    around: float
    memory: int
    counted: int


class Clock:
    """When steps ended, on a device that may be behind."""

    def __init__(self, device: torch.device):
        self.device = device
        self.marks: list[float] = []

    def __call__(self) -> None:
        """A step has ended."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.marks.append(time.perf_counter())

    def gaps(self) -> np.ndarray:
        """Seconds of each step but the first."""
        return np.diff(self.marks)


def taken(subject: Subject, folder: Path, begun: float) -> Taken:
    """Rehearse it in a folder; begun: the time at which the process was asked for, by the system's clock."""
    if len(subject.plan) < FEW:
        raise NasreidError(f"the run has {len(subject.plan)} steps; expected at least {FEW} to measure")
    device = subject.engine.torch_device()
    short = Clock(device)
    subject.rehearse(folder / "run", Rehearsal(FEW, short))
    whole, gaps = time.time() - begun, short.gaps()
    step = early = float(gaps.mean())
    around, epoch, counted = max(0.0, whole - gaps.sum() - step), 0.0, len(gaps)
    number = min(len(subject.plan), int(np.clip(SECONDS / gaps[0], FEW + 1, MOST)))
    if number > FEW and (subject.first or gaps[0] < SECONDS / (FEW + 1)):
        long = Clock(device)
        subject.again(folder / "again", Rehearsal(number, long))
        *inner, last = long.gaps()
        step, counted = float(np.mean(inner)), len(inner)
        epoch = max(0.0, last - step)
        early = early if subject.first else step
    return Taken(step, early, epoch, around, _peak(device), counted)


def left_out(subject: Subject) -> tuple[float, int]:
    """(seconds, bytes of memory) that a rehearsal leaves out: each picture is read for the first time once, and those
    that are looked at outside of steps go through the network."""
    pictures, key, network = subject.sets[0], subject.plan.key(0).train, subject.network.eval()
    cold, packed = _timed(lambda: pictures.batch(key.look, key.rows))
    warm, _ = _timed(lambda: pictures.batch(key.look, key.rows))
    shown = min(sum(one.kept for one in subject.sets), subject.plan.images())
    size = shown * pictures.transform.height * pictures.transform.width * 3
    # processes that prepare images do it beside the steps
    seconds = 0.0 if subject.engine.workers else max(0.0, cold - warm) / len(key.rows) * shown
    if subject.looks:
        batch = beside(network, packed)
        with torch.no_grad():
            look = min(_timed(lambda: network(batch.images, batch.modality).vectors.cpu())[0] for _ in range(2))
        seconds += subject.looks * (look + cold) / len(key.rows)
    return seconds, size


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def _peak(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 2**20 // MIB
