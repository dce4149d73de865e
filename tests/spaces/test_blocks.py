"""Shapes and start weights of the small blocks."""

import pytest
import torch
from torch import nn

from nasreid.spaces.blocks import ConvBN, ConvBNReLU, LightConv3x3, Stem, Transition, initialise


@pytest.mark.parametrize(
    ("block", "channels", "shape"),
    [
        (Stem(8), 3, (8, 4, 3)),
        (ConvBN(4, 8), 4, (8, 16, 9)),
        (ConvBNReLU(4, 8, kernel=3, stride=2), 4, (8, 8, 5)),
        (LightConv3x3(4), 4, (4, 16, 9)),
        (Transition(4), 4, (4, 8, 4)),
    ],
)
def test_shapes(block, channels, shape):
    y = block(torch.rand(2, channels, 16, 9))
    assert y.shape == (2, *shape)
    assert bool((y >= 0).all()) == (type(block) is not ConvBN)


def test_light_convolution_is_pointwise_then_depthwise():
    block = LightConv3x3(4).eval()
    x = torch.rand(1, 4, 5, 5)
    expected = block.bn(nn.functional.conv2d(x, block.pointwise.weight) @ torch.eye(5))
    block.depthwise.weight.data.zero_()[:, :, 1, 1] = 1  # a depth-wise identity
    torch.testing.assert_close(block(x), expected.relu())


def test_initialise():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(8, 64, 3), nn.BatchNorm2d(64), nn.Linear(500, 400), nn.BatchNorm1d(3))
    for parameter in net.parameters():
        nn.init.constant_(parameter, 7.0)
    initialise(net)
    assert net[0].weight.detach().std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
    assert net[2].weight.detach().std().item() == pytest.approx(0.01, rel=0.05)
    assert all(not layer.bias.any() for layer in net)
    assert all(bool((net[i].weight == 1).all()) for i in (1, 3))
