"""Searches and trainings over several processes of this machine, step by step, in float64."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as group
from torch import Tensor

from nasreid.experiments.laws.inputs import noise, people
from nasreid.network.batch_norm import share_batches
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.ranks import Ranks
from nasreid.training import centroids
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search
from nasreid.training.sources import Function

State = dict[str, Tensor]


def in_world(size: int, work: Callable[..., Any], folder: Path, *given: Any) -> list[Any]:
    """What work(ranks, *given) returns in each of `size` processes that are connected by gloo; given: picklable."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.training.worlds"])
    folder.mkdir(parents=True)
    processes = [context.Process(target=_one, args=(Ranks(rank, size), work, folder, given)) for rank in range(size)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * size
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(size)]


def _one(ranks: Ranks, work: Callable[..., Any], folder: Path, given: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    if ranks.size > 1:
        group.init_process_group("gloo", init_method=f"file://{folder}/store", rank=ranks.rank, world_size=ranks.size)
    torch.save(work(ranks, *given), folder / f"{ranks.rank}.pt")
    if ranks.size > 1:
        group.destroy_process_group()


def searched(ranks: Ranks, cases: dict[str, dict[str, Any]], steps: int = 4, moved: float = 0.0) -> dict[str, State]:
    """{name: the state after so many steps of each search}. moved: how far all weights are moved at the start."""
    return {name: _searched(ranks, case, steps, moved) for name, case in cases.items()}


def _searched(ranks: Ranks, case: dict[str, Any], steps: int, moved: float) -> State:
    case = dict(case)
    frame, both = people(10), case.pop("both", False)
    frame = frame if both else frame[frame["modality"] == "visible"].reset_index(drop=True)
    slow = {"architecture": ArchitectureOptimiser(lr=1e-4)}
    run = Search(**{**case, "strategy_args": {**case.get("strategy_args", {}), **slow}}, budget=Budget(2, 4, 2, 32, 16),
                 optimiser=WeightOptimiser(1e-4, warmup_epochs=0),
                 engine=Engine(device="cpu", quiet=True, channels_last=case.get("space") == "MSI"))
    parts = run.parts(frame)
    with torch.no_grad():
        for parameter in parts.network.parameters():
            parameter.add_(moved)
    loop = run._loop(parts, ranks)
    source = Function(parts.frame, noise())
    centroids.start(parts.trained(), parts.split, parts.network, source)
    for step, _ in zip(run.engine.steps(loop.plan, 0, *source.halves(parts.split), ranks=ranks), range(steps),
                       strict=False):
        loop.step(step.to("cpu"))
    share_batches(parts.network, Ranks())
    alphas = {f"alpha.{name}": alpha.detach() for name, alpha in parts.supernet.alphas().items()}
    return {**loop.trained.state_dict(), **alphas}


def apart(one: State, two: State) -> float:
    """The largest difference of two states, and infinity where they have other entries."""
    if one.keys() != two.keys():
        return float("inf")
    return max(float((one[name].double() - two[name].double()).abs().max()) for name in one)
