"""Whether a GPU computes what a CPU computes, and what waits for it."""

import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import torch
import torch.distributed as dist

from nasreid.data.batches.transforms import Augment
from nasreid.data.datasets import read
from nasreid.data.people.synthesize import synthesize
from nasreid.experiments.laws.inputs import noise, people
from nasreid.optimisers import WeightOptimiser
from nasreid.training import centroids
from nasreid.training.engine import Budget, Engine
from nasreid.training.loop import looked_at
from nasreid.training.search import Search
from nasreid.training.sources import Files, Function
from tests.oracle_check import load, run

ORACLES = Path(__file__).parent.parent / "tests" / "oracles"


def oracles(shape, device):
    """Numbers of the official codes, computed on the device in float64."""
    index, found = load(ORACLES), {}
    for name in shape["oracles"] or index:
        with device:
            results = run(ORACLES, name, index[name])
        failed = [f"{r.array}: {r.why}" for r in results if r.status == "failed"]
        passed = sum(r.status == "passed" for r in results)
        found[name] = f"{passed} passed, {len(failed)} not" + (f" ({failed[0][:120]})" if failed else "")
    return found


def parity(shape, device):
    """Three steps of a search of each space with each strategy, in float64, on the device and on the CPU.

    Some searches make much of the last digit within three steps. What a CPU makes of weights that are moved by it is
    found then, too, and is what the device is measured by.
    """
    found = {}
    for space, arguments in shape["spaces"].items():
        for strategy in shape["strategies"]:
            what = space, _narrow(space, arguments), strategy
            ours, theirs = losses(*what, device), losses(*what, "cpu")
            first, all_three = apart(ours[:1], theirs[:1]), apart(ours, theirs)
            text, known = f"{first:.1e} apart after a step, {all_three:.1e} after three", 1e-6
            if all_three > known:
                moved = apart(losses(*what, "cpu", moved=1e-14), theirs)
                text, known = f"{text}; a CPU from weights moved by 1e-14: {moved:.1e}", max(known, 30 * moved)
            found[f"{space}, {strategy}"] = text + ("" if first < 1e-8 and all_three <= known else ", failed")
    return found


def apart(ours, theirs):
    """The largest relative difference of the logs of steps."""
    return max(abs(a[name] - b[name]) / max(1e-12, abs(b[name]))
               for a, b in zip(ours, theirs, strict=True) for name in b)  # fmt: skip


def losses(space, arguments, strategy, device, steps=3, moved=0.0, **options):
    """What each of some steps logs, in float64. moved: all weights, at first, by that part; options: of the engine."""
    with placed(device):
        loop, due = begun(space, arguments, strategy, **{"precision": "64-true", **options})
        with torch.no_grad():
            for weight in loop.stepper.network.parameters():
                weight.mul_(1 + moved)
        return [one.logs for one in looked_at([loop.step(step) for step, _ in zip(due, range(steps), strict=False)])]


def waits(shape, device):
    """A step of each space with each strategy, in which waiting for the device is an error."""
    found = {}
    for space, arguments in shape["spaces"].items():
        for strategy in shape["strategies"]:
            with placed(device):
                loop, due = begun(space, _narrow(space, arguments), strategy)
                first, second = next(due), next(due)
                loop.step(first)  # in which kernels are chosen
                with strict(device):
                    loop.step(second)
            found[f"{space}, {strategy}"] = "none" if device.type == "cuda" else "not looked at"
    return found


def deterministic(shape, device):
    """Twice the same steps, to the bit, where torch is told to be deterministic."""
    torch.use_deterministic_algorithms(True)
    try:
        space, arguments = next(iter(shape["spaces"].items()))
        narrow = _narrow(space, arguments)
        found = {name: [losses(space, narrow, name, device) for _ in range(2)] for name in shape["strategies"]}
    finally:
        torch.use_deterministic_algorithms(False)
    return {name: "equal" if one == two else "failed: they differ" for name, (one, two) in found.items()}


def graphs(shape, device):
    """Steps whose passes are recorded and replayed, to the bit those of passes that run one by one."""
    if device.type != "cuda":
        return {"all": "not looked at: a CPU has none"}
    torch.use_deterministic_algorithms(True)
    found = {}
    try:
        for space, arguments in shape["spaces"].items():
            for strategy in shape["strategies"]:
                plain, replayed = (losses(space, _narrow(space, arguments), strategy, device, 6, precision="32-true",
                                          graphs=choice) for choice in (False, True))  # fmt: skip
                found[f"{space}, {strategy}"] = "equal" if plain == replayed else "failed: they differ"
    finally:
        torch.use_deterministic_algorithms(False)
    return found


def group(shape, device):
    """A process group of one: NCCL on a GPU, gloo on a CPU."""
    kind = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(kind, store=dist.HashStore(), rank=0, world_size=1)
    try:
        values = torch.arange(4.0, device=device)
        dist.all_reduce(values)
    finally:
        dist.destroy_process_group()
    return {kind: "sums" if values.tolist() == [0, 1, 2, 3] else "failed: a sum of one is another"}


def pictures(shape, device):
    """How many pictures a second come from files, through as many workers as there are cores, to the device."""
    with tempfile.TemporaryDirectory() as folder:
        synthesize(Path(folder), identities=12, test_identities=1)
        frame = read("market1501", Path(folder)).query("split == 'train'").reset_index(drop=True)
        workers = 0 if shape["pictures"] < 100 else os.cpu_count() or 1
        engine = Engine(workers=workers, device="cpu" if device.type == "cpu" else "gpu", quiet=True)
        run = Search(space="Micro", budget=Budget(1000, 4, 2, shape["height"], shape["width"]), engine=engine)
        parts = run.parts(frame)
        source = Files(parts.frame, Augment(shape["height"], shape["width"]), 0, engine)
        steps = iter(engine.steps(parts.plan, 0, *source.halves(parts.split)))
        engine.sent(next(steps))
        seen, begin = 0, time.perf_counter()
        while seen < shape["pictures"]:
            seen += sum(len(half.images) for half in _halves(engine.sent(next(steps))))
        if device.type == "cuda":
            torch.cuda.synchronize()
        rate = seen / (time.perf_counter() - begin)
    return {f"{shape['height']} × {shape['width']}, {workers} workers": f"{rate:.0f} pictures/s"}


def begun(space, arguments, strategy, **options):
    """A loop before its first step, and the steps that are due, on the device of torch."""
    engine = Engine(quiet=True, **options)
    run = Search(space=space, space_args=arguments, strategy=strategy, strategy_args={"architecture_begin": 0.0},
                 budget=Budget(4, 2, 2), optimiser=WeightOptimiser(1e-4), engine=engine)  # fmt: skip
    parts = run.parts(people())
    loop = run._loop(parts)
    source = Function(parts.frame, noise(64, 32))
    centroids.start(parts.twins, parts.split, parts.network, source)
    return loop, (engine.sent(step) for step in engine.steps(loop.plan, 0, *source.halves(parts.split)))


@contextmanager
def placed(device):
    """In it, engines run on that kind of device."""
    with patch.object(Engine, "torch_device", lambda self: torch.device(device)):
        yield


@contextmanager
def strict(device):
    """In it, whoever waits for a GPU is an error."""
    if device.type == "cuda":
        torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        if device.type == "cuda":
            torch.cuda.set_sync_debug_mode("default")


def _narrow(space, arguments):
    """Float64 is slow on a GPU: a quarter of the channels."""
    if space == "BNSeparation":
        return arguments or {"inner_args": {"width_multiplier": 0.25}}
    return {"width_multiplier": 0.25, **arguments}


def _halves(step):
    return [half for half in (step.train, step.validation) if half is not None]
