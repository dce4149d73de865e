"""Where a network lives, and how its maps lie in memory."""

import torch
from torch import nn

from nasreid.network.memory import place


def test_maps_are_laid_out_as_asked():
    network = nn.Conv2d(3, 4, 3)
    assert place(network, "cpu") is network
    assert network.weight.is_contiguous()
    place(network, torch.device("cpu"), channels_last=True)
    assert network.weight.is_contiguous(memory_format=torch.channels_last)
    assert network(torch.randn(1, 3, 8, 8)).is_contiguous(memory_format=torch.channels_last)
    place(network, "cpu")
    assert network.weight.is_contiguous(memory_format=torch.channels_last)
