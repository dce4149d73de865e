"""The spatial alignment loss on 64 maps of 16 x 8 against the einsum over all pairs: time, and peak memory.

Peak memory is that of a process of its own (Linux), beyond what it held before the step.
"""

import subprocess
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from benchmarks.ratio import Goal, compare, note
from nasreid.batch import Batch, Embedding
from nasreid.objectives.spatial_alignment import SpatialAlignment

IMAGES, DIM, HEIGHT, WIDTH = 64, 512, 16, 8
PAIRS = "einsum over all pairs"


def problem():
    """A loss with its attention, maps, and a batch with four images of each of 16 identities."""
    torch.manual_seed(0)
    identities = torch.arange(16).repeat_interleave(4)
    maps = F.normalize(torch.randn(IMAGES, DIM, HEIGHT, WIDTH), dim=1).requires_grad_()
    return SpatialAlignment(DIM), maps, Batch(torch.zeros(IMAGES, 3, 1, 1), identities, identities)


def ours(loss, maps, batch):
    """The objective as it is."""
    loss(Embedding(maps, maps, maps), batch).backward()


def pairs(loss, maps, batch):
    """The same loss; eq. 7 as one einsum, (N, N, P, P)."""
    flat = maps.flatten(2)
    activations = torch.einsum("idp,jdq->ijpq", flat, flat).amax(3)
    loss.alignment(activations, loss.attention(maps), batch.identities).backward()


def bench_time(benchmark):
    given = problem()
    compare(benchmark, "SAM loss, 64 maps of 16×8", {"ours": lambda: ours(*given), PAIRS: lambda: pairs(*given)},
            [Goal(PAIRS, "time", 1.0)], rounds=5)  # fmt: skip


PEAK = """
import sys
import benchmarks.bench_sam as bench

def mebibytes(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

loss, maps, batch = bench.problem()
open("/proc/self/clear_refs", "w").write("5")
before = mebibytes("VmRSS")
getattr(bench, sys.argv[1])(loss, maps, batch)
print(mebibytes("VmHWM") - before)
"""


def bench_peak(benchmark):
    benchmark.group = work = "SAM loss, 64 maps of 16×8, peak memory"
    peaks = {}

    def measure():
        for way in ("ours", "pairs"):
            command = [sys.executable, "-W", "ignore", "-c", PEAK, way]
            done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True)
            peaks[way] = float(done.stdout)

    benchmark.pedantic(measure, rounds=1)
    benchmark.extra_info["mebibytes"] = {way: round(peak, 1) for way, peak in peaks.items()}
    print(f"{work}: {peaks} MiB")
    note(benchmark, work, Goal(PAIRS, "memory", 0.5), peaks["ours"] / peaks["pairs"])
