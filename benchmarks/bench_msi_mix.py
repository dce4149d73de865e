"""The four-way mix of the MSI space against the plain weighted sum; compare the two rows of a group."""

import pytest
import torch

from nasreid.genotype import open_space
from nasreid.mutation import relax
from nasreid.relaxation import Softmax
from nasreid.spaces.msi import candidates

OPERATIONS = ("none", "exchange", "gate", "attention")
SHAPES = [(16, 64, 32), (64, 64, 32), (96, 32, 16), (128, 16, 8)]


def plain(modules, weights, x1, x2):
    outputs = [module(x1, x2) for module in modules.values()]
    return tuple(sum(w * o[i] for w, o in zip(weights, outputs, strict=True)) for i in (0, 1))


def fused(modules, weights, x1, x2):
    return next(iter(modules.values())).mix(modules, weights, x1, x2)


@pytest.mark.parametrize("way", [plain, fused], ids=lambda f: f.__name__)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def bench_mix(benchmark, way, shape):
    channels, height, width = shape
    benchmark.group = f"mix of 16 x {channels} x {height} x {width}, forward and backward"
    modules = candidates(OPERATIONS, channels)
    inputs = [torch.randn(16, channels, height, width).requires_grad_() for _ in (1, 2)]
    weights = torch.softmax(torch.randn(4), 0).requires_grad_()

    def step():
        a, b = way(modules, weights, *inputs)
        (a.sum() + b.square().sum()).backward()

    benchmark(step)


@pytest.mark.parametrize("way", ["plain", "fused"])
def bench_supernet(benchmark, way):
    benchmark.group = "MSI supernet, 8 x 128 x 64, forward and backward"
    supernet = relax(open_space("MSI", {}), Softmax())
    supernet.mix_plainly(way == "plain")
    images = torch.randn(8, 3, 128, 64)
    benchmark(lambda: supernet(images).square().mean().backward())
