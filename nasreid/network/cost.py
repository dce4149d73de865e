"""What a network costs: its parameters, and the multiply-adds of one image."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Cost:
    """parameters: how many numbers are trained (shared ones once). multiply_adds: of one image, by the papers' rule.

    with_products: the same and every other matrix product, those of attention above all, as
    `torch.utils.flop_counter` counts them (half of its operations); two costs are the same by the papers' rule.
    """

    parameters: int
    multiply_adds: int
    with_products: int = field(default=0, compare=False)


def cost(module: nn.Module, height: int, width: int) -> Cost:
    """The cost of `module` for one image (1, 3, height, width) in eval mode.

    By the rule of the papers' tables convolutions and linear layers only, each call counted; biases, norms, pooling and
    matrix products are not. Hooks, modes and buffers are left as they were.
    """
    total = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        total += _multiply_adds(layer, inputs[0], output)

    layers = [layer for layer in module.modules() if isinstance(layer, (_ConvNd, nn.Linear))]
    handles = [layer.register_forward_hook(count) for layer in layers]
    counter = FlopCounterMode(display=False)
    try:
        with counter:
            _run(module, height, width)
    finally:
        for handle in handles:
            handle.remove()
    parameters = sum(parameter.numel() for parameter in module.parameters())
    return Cost(parameters, total, counter.get_total_flops() // 2)


def _run(module: nn.Module, height: int, width: int) -> None:
    like = next(iter(module.parameters()), torch.zeros(0))
    modes = [(part, part.training) for part in module.modules()]
    buffers = [(value, value.clone()) for value in module.buffers()]
    try:
        with torch.no_grad():
            module.eval()(torch.zeros(1, 3, height, width, dtype=like.dtype, device=like.device))
    finally:
        for part, training in modes:
            part.training = training
        for value, before in buffers:
            value.copy_(before)


def _multiply_adds(layer: nn.Module, image: Tensor, output: Tensor) -> int:
    if isinstance(layer, nn.Linear):
        return output.numel() * layer.in_features
    assert isinstance(layer, _ConvNd)
    # A transposed convolution spreads each value that goes in, a plain one gathers for each that comes out.
    moved = image.numel() * layer.out_channels if layer.transposed else output.numel() * layer.in_channels
    return moved // layer.groups * math.prod(layer.kernel_size)
