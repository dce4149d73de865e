"""Steps of a search of the three spaces on a device: ours, NNI's DARTS, and a single path that just trains."""

import gc
import time

import torch

from benchmarks.msi_steps import NNI, Ours, SinglePath
from nasreid.training.engine import Engine
from nasreid.training.graphs import Graphed

SIDES = {"ours": (Ours, None), "ours, as graphs": (Ours, Graphed), "NNI's DARTS": (NNI, None),
         "single path": (SinglePath, None), "single path, as graphs": (SinglePath, Graphed)}  # fmt: skip
# name: (TF32, autocast in bfloat16, channels last)
KINDS = {"float32": (False, False, False), "float32, channels last": (False, False, True),
         "TF32": (True, False, False), "bfloat16": (False, True, False),
         "bfloat16, channels last": (False, True, True)}  # fmt: skip


def steps(shape, device):
    """Milliseconds and MiB of a step of each side and kind, and how they compare with ours."""
    found = {}
    for space, arguments in shape["spaces"].items():
        for kind, options in KINDS.items():
            rows = {name: timed(make, space, arguments, shape, device, *options, runner=runner)
                    for name, (make, runner) in SIDES.items() if runner is None or device.type == "cuda"}  # fmt: skip
            mine = rows["ours"][0]
            for name, (seconds, mib) in rows.items():
                found[f"{space}, {kind}, {name}"] = (f"{1000 * seconds:.1f} ms, {seconds / mine:.2f} × ours, "
                                                     f"{mib:.0f} MiB")  # fmt: skip
    return found


def compiled(shape, device):
    """A step of ours as it is, and as torch.compile makes it."""
    engine, found = Engine(compile=True, quiet=True, device="cpu" if device.type == "cpu" else "gpu"), {}
    space, arguments = next(iter(shape["spaces"].items()))
    for kind in ("float32", "bfloat16, channels last"):
        plain, made = (timed(Ours, space, arguments, shape, device, *KINDS[kind], runner=runner)[0]
                       for runner in (None, engine.runner))  # fmt: skip
        found[f"{space}, {kind}"] = f"{1000 * plain:.1f} ms, compiled {1000 * made:.1f} ms"
    return found


def timed(make, space, arguments, shape, device, tf32, half, last, runner=None):
    """(seconds of a step, the fastest of some; MiB that it takes from a GPU at most, 0 on a CPU)."""
    if device.type == "cuda":
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    side = make(arguments, space=space, channels_last=last, size=shape["size"], height=shape["height"],
                width=shape["width"], both=space == "BNSeparation")  # fmt: skip
    settle(side, device)
    if runner is not None:
        side.stepper.run = runner(side.network)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    seconds = []
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        for _ in range(-2, shape["rounds"]):
            begin = time.perf_counter()
            side.step()
            if device.type == "cuda":
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - begin)
    return min(seconds[2:]), torch.cuda.max_memory_reserved() / 2**20 if device.type == "cuda" else 0.0


def settle(side, device):
    """Network, objectives and batches on the device."""
    side.network.to(device)
    twins = side.twins if isinstance(side, NNI) else side.stepper.twins
    twins.to(device)
    side.batches = [batch.to(device) for batch in side.batches]
