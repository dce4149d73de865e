"""Searches and trainings over several processes of this machine, step by step, in float64."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
import torch.distributed as group
from torch import Tensor, nn

from nasreid.batch import Batch, Embedding
from nasreid.data.batches.stream import PackedStep
from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import noise, people
from nasreid.network.batch_norm import share_batches
from nasreid.objectives.divided_memory import DividedMemory
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.ranks import ALONE, Ranks
from nasreid.training import centroids
from nasreid.training.engine import Budget, Engine
from nasreid.training.gathering import divide, learn
from nasreid.training.launch import Launch
from nasreid.training.loop import Loop
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search
from nasreid.training.sources import Function
from nasreid.training.world import world

State = dict[str, Tensor]
Case = dict[str, Any]
ENGINE = Engine(device="cpu", quiet=True, precision="64-true")
SIZE = 64, 32  # smaller maps have so few positions that normalising them is chaos


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


def stepped(ranks: Ranks, cases: dict[str, Case], steps: int = 4, moved: float = 0.0) -> dict[str, State]:
    """{name: the state after so many steps of each case}. moved: how far all weights are moved at the start."""
    return {name: _stepped(ranks, case, steps, moved) for name, case in cases.items()}


def _stepped(ranks: Ranks, case: Case, steps: int, moved: float) -> State:
    frame = people(10) if case.get("both") else people(10).query("modality == 'visible'").reset_index(drop=True)
    options = {name: value for name, value in case.items() if name != "both"}
    quick = {"budget": Budget(2, 4, 2), "optimiser": WeightOptimiser(1e-4, warmup_epochs=0), "engine": ENGINE}
    loop, steps_of = (_training if "genotype" in case else prepared)(ranks, frame, {**options, **quick})
    with torch.no_grad():
        for parameter in loop.stepper.network.parameters():
            parameter.add_(moved)
    logs = [loop.step(step.to("cpu")).logs for step in islice(steps_of(), steps)]
    share_batches(loop.stepper.network, ALONE)
    divide(loop.stepper.twins, ALONE)
    first = {f"first.{name}": torch.as_tensor(value) for name, value in logs[0].items()}
    alphas = {f"alpha.{at}": alpha.detach() for at, alpha in enumerate(loop.stepper.alphas)}
    state = {**loop.trained.state_dict(), **alphas, **first}
    # the first one has the whole of what was divided
    return {name: ranks.told({"all": value})["all"] if "own.memory" in name else value for name, value in state.items()}


def prepared(ranks: Ranks, frame: pd.DataFrame, options: Case, size: tuple[int, int] = SIZE) \
        -> tuple[Loop, Callable[[], Iterable[PackedStep]]]:
    """The loop of a search, and what begins its steps, over pictures of a size."""
    slow = {"architecture": ArchitectureOptimiser(lr=1e-4)}
    run = Search(**{**options, "strategy_args": {**options.get("strategy_args", {}), **slow}})
    parts = run.parts(frame)
    loop, source = run._loop(parts, ranks), Function(parts.frame, noise(*size))

    def steps() -> Iterable[PackedStep]:
        centroids.start(parts.trained(), parts.split, parts.network, source)
        return run.engine.steps(loop.plan, 0, *source.halves(parts.split), ranks=ranks)

    return loop, steps


def _training(ranks: Ranks, frame: pd.DataFrame, options: Case) -> tuple[Loop, Callable[[], Iterable[PackedStep]]]:
    run = Retrain(**options)
    train, network, twins = run.parts(frame)
    loop = run._loop(network, twins, train, ranks=ranks)
    return loop, lambda: run._steps(loop.plan, Function(train, noise(*SIZE)), train, ranks=ranks)


def normed(ranks: Ranks, channels_last: bool) -> list[Tensor]:
    """Outputs and gradients of all ranks' rows, and the state, of a BatchNorm over a batch (8, 3, 4, 2)."""
    layer = nn.BatchNorm2d(3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([1.0, -2.0, 0.5]))
    share_batches(layer, ranks)
    images = torch.randn(8, 3, 4, 2, generator=torch.Generator().manual_seed(1)) + 3
    own = torch.as_tensor(ranks.own(np.arange(8)))
    x = images[own].contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
    x.requires_grad_()
    y = ranks.gather(layer(x))
    (y * images.square()).sum().backward()
    weight, bias, own_gradient = (value.grad for value in (layer.weight, layer.bias, x) if value.grad is not None)
    ranks.average([weight, bias])
    gradient = ranks.stacked(own_gradient).flatten(0, 1) / ranks.size
    return [y.detach(), gradient, weight, bias, *layer.state_dict().values()]


def remembered(ranks: Ranks, start: Literal["centroids", "zeros"], renormalise: bool) -> list[Tensor]:
    """Losses, gradients and memories of a memory of 7 classes that ranks divide, and of one that went on from it."""
    memory, again = (DividedMemory(7, 4, renormalise=renormalise, start=start) for _ in range(2))
    random = torch.Generator().manual_seed(0)
    memory.share(ranks)
    memory.start(torch.randn(21, 4, generator=random), torch.arange(21) % 7)
    found = []
    for step in range(3):
        vectors = torch.randn(6, 4, generator=random).requires_grad_()
        labels = torch.randint(7, (6,), generator=random)
        given = Embedding(vectors, vectors), Batch(vectors[:, :3, None, None], labels, torch.zeros_like(labels))
        if step == 2:  # as after a checkpoint
            again.share(ranks)
            again.load_state_dict(ranks.told(memory.state_dict()))
            memory = again
        loss = memory(*given)
        loss.backward()
        assert vectors.grad is not None
        found += [loss.detach(), vectors.grad]
        learn(memory, *given)
    size = len(memory.own.memory)
    memory.share(ALONE)
    return [*found, ranks.told({"all": memory.own.memory})["all"], torch.tensor(size)]


def talked(ranks: Ranks) -> list[Any]:
    """What the ways of talking give."""
    own = torch.arange(4.0).reshape(2, 2) + 10 * ranks.rank
    mean = ranks.mean(own.requires_grad_())
    (mean.sum() * (ranks.rank + 1)).backward()
    two, one = torch.tensor([1.0 + ranks.rank]), torch.full((2, 2), 3 * ranks.rank, dtype=torch.bfloat16)
    ranks.average([two, one])
    told = ranks.told({"who": ranks.rank, "table": torch.arange(3)} if ranks.first else None)
    halves = ranks.gather(torch.as_tensor(ranks.own(np.arange(4 * ranks.size), 2)), 2)
    flags = ranks.gather(torch.tensor([True, False, ranks.first]))
    return [mean.detach(), own.grad, two, one, told, halves, flags, ranks.highest(ranks.rank), ranks.total(two)]


def apart(one: State, two: State) -> float:
    """The largest difference of two states, and infinity where they have other entries."""
    if one.keys() != two.keys():
        return float("inf")
    return max(float((one[name].double() - two[name].double()).abs().max()) for name in one)


def ending(rank: int, port: int, folder: Path, fault: str) -> None:
    """A process of a world of two that ends with an error, as `fault` says; writes down with which."""
    torch.set_num_threads(1)
    place = Launch(rank, 2, rank, "127.0.0.1", port)
    said = "nothing"
    try:
        with world(place, torch.device("cpu")) as ranks:
            assert ranks.highest(rank) == 1
            if fault == "both":
                raise NasreidError("the same")
            if rank == 1:
                if fault == "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise NasreidError("rotten picture")
            ranks.highest(0)
    except (NasreidError, SystemExit) as error:
        said = repr(error)
    (folder / f"{rank}.txt").write_text(said)


def ended(folder: Path, fault: str) -> list[str]:
    """What each of two processes has ended with."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.training.worlds"])
    processes = [context.Process(target=ending, args=(rank, port, folder, fault)) for rank in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert None not in [process.exitcode for process in processes], "one waits for the other"
    return [path.read_text() if (path := folder / f"{rank}.txt").exists() else "" for rank in (0, 1)]
