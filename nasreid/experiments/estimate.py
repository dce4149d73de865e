"""What a run will cost, before it starts: some of its steps are taken, in memory, and nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.runs import RetrainRun, SearchRun
from nasreid.experiments.usage import MIB
from nasreid.network.cost import Cost, cost
from nasreid.network.weights import stored_bytes
from nasreid.plugins import MULTI_TRIAL
from nasreid.training.engine import Budget, Engine

WARM, MEASURED = 2, 2  # steps: the first ones also make buffers


@dataclass(frozen=True)
class Estimate:
    """Of a run of `steps` steps: seconds of one, and of all that comes before the first; bytes of memory and disk.

    memory: the peak of this process, or of the GPU; disk: weights, and the two checkpoints of a run that goes on.
    """

    what: str
    device: str
    cost: Cost
    steps: int
    step: float
    before: float
    memory: int
    disk: int

    @property
    def seconds(self) -> float:
        """Of the whole run, without its pictures and what it looks at between epochs."""
        return self.before + self.steps * self.step

    def __str__(self) -> str:
        one = self.cost
        return "\n".join((
            f"{self.what}, on {self.device}",
            f"  parameters     {one.parameters:,}",
            f"  multiply-adds  {one.multiply_adds:,} of an image: convolutions and linear layers, as papers count",
            f"                 {one.with_products:,} with all matrix products (torch.utils.flop_counter)",
            f"  memory         {self.memory / 2**20:,.0f} MiB at most",
            f"  step           {self.step:.3g} s, mean of {MEASURED} after {WARM}",
            f"  run            {self.steps:,} steps, {self.seconds / 3600:.3g} h ({self.seconds:,.0f} s)",
            f"  disk           {self.disk / 2**20:,.0f} MiB: weights and two checkpoints"))


def of_search(run: SearchRun) -> Estimate:
    """Of a one-shot search; NasreidError for one by trials, which has no step of its own."""
    own = run.read()
    if own.search.strategy in MULTI_TRIAL:
        raise NasreidError(f"strategy {own.search.strategy!r} runs trials; expected a one-shot strategy, or an "
                           "estimate of the retraining that its trials are")
    search, frame = own.on_data(quiet=True)
    parts = search.parts(frame)
    if parts.twins is None:
        raise NasreidError(f"strategy {search.strategy!r} takes no step; expected one that trains")
    state = stored_bytes(parts.network) + stored_bytes(parts.twins)
    return _taken(f"search of {search.space} by {search.strategy}", search.engine, search.budget, parts.network,
                  (len(parts.plan), state), lambda told: search.search(frame, steps=WARM + MEASURED, told=told))


def of_retraining(run: RetrainRun) -> Estimate:
    """Of a retraining."""
    training = run.checked()
    training.check()
    frame = run.data.frame("train", quiet=True)
    train, network, twins = training.parts(frame)
    return _taken(f"retraining of {training.record().space}", training.engine, training.budget, network,
                  (len(training.plan(train)), stored_bytes(network) + stored_bytes(twins)),
                  lambda told: training.train(frame, steps=WARM + MEASURED, told=told))


def _taken(what: str, engine: Engine, budget: Budget, network: nn.Module, known: tuple[int, int],
           take: Callable[[Callable[[], None]], object]) -> Estimate:
    steps, state = known
    device = engine.torch_device()
    size = cost(network, budget.height, budget.width)
    marks = [time.perf_counter()]

    def told() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        marks.append(time.perf_counter())

    if steps < WARM + MEASURED:
        raise NasreidError(f"the run has {steps} steps; expected at least {WARM + MEASURED} to measure")
    take(told)
    step = (marks[-1] - marks[WARM]) / MEASURED
    before = max(0.0, marks[1] - marks[0] - step)
    # weights, and in each of two checkpoints weights and their momentum
    return Estimate(what, device.type, size, steps, step, before, _peak(device), 5 * state)


def _peak(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 2**20 // MIB
