"""The four-way mix of the MSI space against the plain weighted sum, in both layouts of the maps."""

import pytest
import torch

from benchmarks.ratio import Goal, compare, kept
from nasreid.spaces.msi import OPERATIONS, candidates

SHAPES = [(16, 64, 32), (32, 64, 32), (64, 64, 32), (96, 32, 16), (128, 16, 8)]
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def plain(modules, weights, x1, x2):
    outputs = [module(x1, x2) for module in modules.values()]
    return tuple(sum(w * o[i] for w, o in zip(weights, outputs, strict=True)) for i in (0, 1))


def fused(modules, weights, x1, x2):
    return next(iter(modules.values())).mix(modules, weights, x1, x2)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def bench_mix(benchmark, shape, layout):
    channels, height, width = shape
    made = [torch.randn(16, *shape).contiguous(memory_format=LAYOUTS[layout]) for _ in range(4)]
    inputs, cotangents = [x.requires_grad_() for x in made[:2]], made[2:]
    modules = candidates(OPERATIONS, channels)
    weights = torch.softmax(torch.randn(4), 0).requires_grad_()

    def both(way):
        for leaf in (*inputs, weights):
            leaf.grad = None
        torch.autograd.backward(way(modules, weights, *inputs), cotangents)

    names = {"ours": fused, "plain sum": plain}
    # the inputs are what came before; what a mix keeps beyond them are C x C matrices
    saved = {name: kept(lambda way=way: way(modules, weights, *inputs), inputs) for name, way in names.items()}
    goal = 2.2 if channels <= 64 else None
    compare(benchmark, f"mix of four interactions, 16 × {channels}×{height}×{width}, {layout}",
            {name: lambda way=way: both(way) for name, way in names.items()},
            [Goal("plain sum", "faster", goal), Goal("plain sum", "bytes")], 15, 3, saved)  # fmt: skip
