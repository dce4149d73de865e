"""A step of a TCM search of the MSI space, weights and architecture, against NNI's DARTS and against the floor."""

import torch

from benchmarks.msi_steps import NNI, Ours, SinglePath
from benchmarks.ratio import Goal, compare, kept

WORK = "MSI search step, 16 × 256×128"
MIXED = "NNI's DARTS of the same space"
FLOOR = "two training steps of MSINet's network, both channels_last"


def saved(*sides):
    """Bytes that the forward pass of a weight step keeps: all of the supernet's twelve mixes, no candidate's output."""
    return [kept(side.forward, side.network.parameters()) for side in sides]


def bench_float32(benchmark):
    ours, nni, single = Ours(), NNI(), SinglePath()
    names = ("ours", MIXED, FLOOR)
    compare(benchmark, WORK, {"ours": ours.step, MIXED: nni.step, FLOOR: single.step},
            [Goal(MIXED, "faster", 1.9), Goal(FLOOR, "time", 1.05), Goal(FLOOR, "bytes", 1.15), Goal(MIXED, "bytes")],
            rounds=5, saved=dict(zip(names, saved(ours, nni, single), strict=True)))  # fmt: skip


def bench_bfloat16(benchmark):
    ours, nni = Ours(dtype=torch.bfloat16), NNI()
    against = f"{MIXED} in float32"
    compare(benchmark, f"{WORK}, bfloat16 autocast", {"ours": ours.step, against: nni.step},
            [Goal(against, "faster", 3.4)], rounds=5)  # fmt: skip
