"""The operations of an edge, by name: those of DARTS that suit re-identification, and the part-aware module.

Each takes C channels to C; on an edge of stride 2 it halves the resolution, rounded up.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nasreid.spaces.auto_reid_part import PartAware
from nasreid.spaces.blocks import ConvBN

OPERATIONS = ("max3", "avg3", "skip", "sep3", "dil3", "part", "none")


def operation(name: str, width: int, stride: int, parts: int = 4) -> nn.Module:
    """A fresh one of that name: max3, avg3, skip, sep3, dil3, part or none."""
    if name == "part":
        return PartAware(width, stride, parts)
    if name == "skip":
        return nn.Identity() if stride == 1 else Halved(width, width)
    makers = {"max3": MaxPool, "avg3": AveragePool, "sep3": Separable, "dil3": Dilated, "none": Nothing}
    return makers[name](width, stride)


class MaxPool(nn.Sequential):
    """3x3 maximum, then BatchNorm."""

    def __init__(self, width: int, stride: int):
        super().__init__(nn.MaxPool2d(3, stride, 1), nn.BatchNorm2d(width))


class AveragePool(nn.Sequential):
    """3x3 mean of what is inside the maps, then BatchNorm."""

    def __init__(self, width: int, stride: int):
        super().__init__(nn.AvgPool2d(3, stride, 1, count_include_pad=False), nn.BatchNorm2d(width))


class Separable(nn.Sequential):
    """ReLU, depth-wise 3x3, 1x1, BatchNorm, all of it twice, as separable convolutions are applied in DARTS."""

    def __init__(self, width: int, stride: int):
        super().__init__(*_depthwise(width, stride, 1), *_depthwise(width, 1, 1))


class Dilated(nn.Sequential):
    """ReLU, depth-wise 3x3 of dilation 2, 1x1, BatchNorm: a field of 5x5."""

    def __init__(self, width: int, stride: int):
        super().__init__(*_depthwise(width, stride, 2))


class Nothing(nn.Module):
    """Zeros."""

    def __init__(self, width: int, stride: int):
        super().__init__()
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> zeros (N, C, ceil(H / stride), ceil(W / stride))."""
        return torch.zeros_like(x[:, :, ::self.stride, ::self.stride])


class Halved(nn.Module):
    """ReLU, then two 1x1 convolutions of stride 2, each for half of the channels, and BatchNorm.

    The second one begins a row and a column further on (a factorised reduction, as in DARTS).
    """

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.even, self.odd = (nn.Conv2d(channels, width // 2, 1, 2, bias=False) for _ in range(2))
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, ceil(H / 2), ceil(W / 2))."""
        x = x.relu()
        moved = nn.functional.pad(x, (0, 1, 0, 1))[:, :, 1:, 1:]
        return self.bn(torch.cat([self.even(x), self.odd(moved)], 1))


class ReLUConvBN(ConvBN):
    """ReLU, 1x1 convolution, BatchNorm: what a cell does first with its inputs."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W)."""
        return super().forward(x.relu())


def _depthwise(width: int, stride: int, dilation: int) -> list[nn.Module]:
    # not in place: what comes in goes to other edges as well
    return [nn.ReLU(), nn.Conv2d(width, width, 3, stride, dilation, dilation, width, bias=False),
            nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width)]
