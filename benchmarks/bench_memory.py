"""The memory objective: its update against a loop over the samples, its loss against dense logits.

Peak memory is that of a process of its own (Linux), beyond what it held before: memory, vectors, one small step.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from benchmarks.ratio import Goal, compare, note
from nasreid.batch import Batch, Embedding
from nasreid.objectives.memory import Memory

BATCH, DIM = 64, 512


def problem(identities):
    """A memory, vectors of four images of each of 16 identities, and their batch."""
    memory = Memory(identities, DIM, start="zeros")
    memory.memory.normal_().div_(DIM**0.5)
    vectors, chosen = torch.randn(BATCH, DIM), (torch.arange(16) * 61 % identities).repeat_interleave(4)
    return memory, vectors, Batch(torch.zeros(BATCH, 3, 1, 1), chosen, chosen)


@torch.no_grad()
def loop(memory, vectors, batch):
    """Eq. 3, sample after sample."""
    for vector, identity in zip(F.normalize(vectors, dim=1), batch.identities, strict=True):
        memory.memory[identity] = memory.momentum * memory.memory[identity] + (1 - memory.momentum) * vector


def dense(memory, vectors, batch):
    """Eq. 2 as one writes it."""
    logits = F.normalize(vectors, dim=1) @ memory.memory.T / memory.temperature
    return F.cross_entropy(logits, batch.identities)


def blocks(memory, vectors, batch):
    """Eq. 2, ours."""
    return memory(Embedding(vectors, vectors), batch)


@pytest.mark.parametrize("identities", [1041, 100_000, 1_000_000])
def bench_update(benchmark, identities):
    given = problem(identities)

    def ours():
        for _ in range(20):
            given[0].learn(Embedding(given[1], given[1]), given[2])

    ways = {"ours": ours, "loop over the samples": lambda: [loop(*given) for _ in range(20)]}
    compare(benchmark, f"update of a memory of {identities:,} identities, batch {BATCH}", ways,
            [Goal("loop over the samples", "faster", 8)], rounds=15, warmup=2)  # fmt: skip


@pytest.mark.parametrize("identities", [1041, 32_768, 262_144])
def bench_loss(benchmark, identities):
    memory, vectors, batch = problem(identities)
    vectors.requires_grad_()
    ways = {name: lambda way=way: way(memory, vectors, batch).backward()
            for name, way in (("ours", blocks), ("dense logits", dense))}
    compare(benchmark, f"loss of a memory of {identities:,} identities, forward and backward", ways,
            [Goal("dense logits", "time")], rounds=5)  # fmt: skip


PEAK = """
import sys
import benchmarks.bench_memory as bench

def mebibytes(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

way, identities = getattr(bench, sys.argv[1]), int(sys.argv[2])
memory, vectors, batch = bench.problem(identities)
vectors.requires_grad_()
way(*bench.problem(2000)).requires_grad
open("/proc/self/clear_refs", "w").write("5")
before = mebibytes("VmRSS")
way(memory, vectors, batch).backward()
print(mebibytes("VmHWM") - before)
"""


@pytest.mark.parametrize("identities", [1041, 100_000, 1_000_000])
def bench_peak(benchmark, identities):
    benchmark.group = work = f"memory that the loss adds at {identities:,} identities"
    peaks = {}

    def measure():
        for way in ("blocks", "dense"):
            command = [sys.executable, "-W", "ignore", "-c", PEAK, way, str(identities)]
            done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True)
            peaks[way] = float(done.stdout)

    benchmark.pedantic(measure, rounds=1)
    benchmark.extra_info["mebibytes"] = {way: round(peak, 1) for way, peak in peaks.items()}
    print(f"{work}: {peaks} MiB")
    note(benchmark, work, Goal("dense logits", "memory"), peaks["blocks"] / peaks["dense"])
