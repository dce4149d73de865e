"""A step of a TCM search of the MSI space, weights and architecture, against NNI's DARTS and against the floor."""

import torch

from benchmarks.msi_steps import NNI, Ours, SinglePath
from benchmarks.ratio import Goal, compare, kept, note, times

WORK = "MSI search step, 16 × 256×128"
MIXED = "NNI's DARTS of the same space"
FLOOR = "two training steps of MSINet's network, both channels_last"


def saved(*sides):
    """Bytes that the forward pass of a weight step keeps: all of the supernet's twelve mixes, no candidate's output."""
    return [kept(side.forward, side.network.parameters()) for side in sides]


def bench_step(benchmark):
    ours, nni, single, half = Ours(), NNI(), SinglePath(), Ours(dtype=torch.bfloat16)
    seconds = compare(
        benchmark, WORK, {"ours": ours.step, MIXED: nni.step, FLOOR: single.step, "ours in bfloat16": half.step},
        [Goal(MIXED, "faster", 1.9), Goal(FLOOR, "time", 1.05), Goal(FLOOR, "bytes", 1.15), Goal(MIXED, "bytes")],
        rounds=3, saved=dict(zip(("ours", MIXED, FLOOR), saved(ours, nni, single), strict=True)))  # fmt: skip
    note(benchmark, f"{WORK}, bfloat16 autocast", Goal(f"{MIXED} in float32", "faster", 3.4),
         times(seconds, MIXED, "ours in bfloat16"))  # fmt: skip
