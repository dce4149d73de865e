"""The omni-scale block of OSNet and the places of instance normalisation in it (OSNet-AIN, section 3, fig. 4 and 5)."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.spaces.blocks import ConvBN, ConvBNReLU, LightConv3x3, Stem
from nasreid.spaces.interactions import ChannelGate

PLACEMENTS = ("plain", "in", "out", "in-out")


class OSBlock(nn.Module):
    """Omni-scale residual block: reduce to a quarter, streams of 1..T light 3x3, one gate for all, expand (eq. 2, 3).

    tail: what makes the output from the expanded sum of the streams and the identity. It holds all norms in which the
    candidates of the IN placement space differ, and may thus be an open choice itself.
    """

    def __init__(self, channels: int, width: int, tail: nn.Module, streams: int = 4):
        super().__init__()
        inner = width // 4
        self.reduce = ConvBNReLU(channels, inner)
        self.streams = nn.ModuleList(nn.Sequential(*(LightConv3x3(inner) for _ in range(depth)))
                                     for depth in range(1, streams + 1))
        self.gate = ChannelGate(inner)
        self.expand = nn.Conv2d(inner, width, 1, bias=False)
        self.identity = nn.Identity() if channels == width else ConvBN(channels, width)
        self.tail = tail

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W), D = width."""
        reduced = self.reduce(x)
        scales = [stream(reduced) for stream in self.streams]
        total = sum(scale * self.gate.gate(scale.mean((2, 3), keepdim=True)) for scale in scales)
        return self.tail(self.expand(total), self.identity(x))


class Plain(nn.Module):
    """OS block without IN: ReLU(BN(residual) + identity)."""

    def __init__(self, width: int):
        super().__init__()
        self.bn = nn.BatchNorm2d(width)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return (self.bn(residual) + identity).relu()


class Inside(nn.Module):
    """OS + IN_in: ReLU(IN(BN(residual)) + identity). replace_bn: without that BN, as in the authors' release."""

    def __init__(self, width: int, replace_bn: bool = False):
        super().__init__()
        self.bn = _norm(width, replace_bn)
        self.instance = nn.InstanceNorm2d(width, affine=True)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return (self.instance(self.bn(residual)) + identity).relu()


class Outside(nn.Module):
    """OS + IN_out: ReLU(IN(BN(residual) + identity)); also the block of OSNet-IBN's first stage."""

    def __init__(self, width: int):
        super().__init__()
        self.bn = nn.BatchNorm2d(width)
        self.instance = nn.InstanceNorm2d(width, affine=True)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return self.instance(self.bn(residual) + identity).relu()


class InsideOutside(nn.Module):
    """OS + IN_in-out: ReLU(IN(IN(BN(residual)) + identity)). replace_bn: without that BN."""

    def __init__(self, width: int, replace_bn: bool = False):
        super().__init__()
        self.bn = _norm(width, replace_bn)
        self.inner, self.outer = nn.InstanceNorm2d(width, affine=True), nn.InstanceNorm2d(width, affine=True)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return self.outer(self.inner(self.bn(residual)) + identity).relu()


def tail(placement: str, width: int, replace_bn: bool = False) -> nn.Module:
    """The end of an omni-scale block with IN in one of the `PLACEMENTS`."""
    if placement in ("in", "in-out"):
        return (Inside if placement == "in" else InsideOutside)(width, replace_bn)
    return Plain(width) if placement == "plain" else Outside(width)


def stem(width: int, norm: str = "batch") -> Stem:
    """7x7 convolution, norm, ReLU and pooling; `norm` is 'batch' (paper, table 1) or 'instance' (release of AIN)."""
    if norm not in ("batch", "instance"):
        raise NasreidError(f"stem_norm {norm!r}: expected batch or instance")
    made = Stem(width)
    if norm == "instance":
        made.bn = cast(Any, nn.InstanceNorm2d(width, affine=True))
    return made


def without_affine(module: nn.Module) -> None:
    """Take scale and shift from every norm, in place; BN keeps its running statistics."""
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d | nn.InstanceNorm2d):
            norm.affine = False
            norm.register_parameter("weight", None)
            norm.register_parameter("bias", None)


def _norm(width: int, absent: bool) -> nn.Module:
    return nn.Identity() if absent else nn.BatchNorm2d(width)
