"""The omni-scale block of OSNet and the places of instance normalisation in it (OSNet-AIN, section 3, fig. 4 and 5)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial, reduce
from typing import Any, cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.network.batch_norm import Shared2d, ranks_of
from nasreid.ranks import ALONE
from nasreid.spaces.blocks import ChannelGate, ConvBN, ConvBNReLU, LightConv3x3, Stem
from nasreid.spaces.in_placement_mix import Term, rectified_sum
from nasreid.spaces.in_placement_norms import Affine, Moments

KNOWN = (nn.BatchNorm2d, Shared2d, nn.InstanceNorm2d, nn.Identity)  # what `mixed` can see through


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
        return self.tail(self.residual(x), self.identity(x))

    def residual(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the expanded sum of the streams (N, D, H, W), before any norm."""
        reduced = self.reduce(x)
        scales = [stream(reduced) for stream in self.streams]
        total = sum(scale * self.gate(scale.mean((2, 3), keepdim=True)) for scale in scales)
        return self.expand(total)

    @staticmethod
    def mix(candidates: dict[str, nn.Module], weights: Tensor, x: Tensor) -> Tensor:
        """Sum of weights[k] * candidate k of x, their tails in one go; weights (K,) in the order of candidates.

        Outputs, gradients and running statistics equal those of the plain sum.
        """
        blocks = cast("list[OSBlock]", list(candidates.values()))
        same = all(isinstance(block.identity, nn.Identity) for block in blocks)
        identities = [x] if same else [block.identity(x) for block in blocks]
        return mixed([block.tail for block in blocks], weights, [block.residual(x) for block in blocks], identities)


class Tail(nn.Module, ABC):
    """The end of an omni-scale block: the ReLU of an affine map of each channel of residual and identity.

    Law: forward(residual, identity) is the ReLU of `affine` of their moments, so that a weighted sum of tails can be
    had in one go (`mix`).
    """

    outside: bool = False

    @abstractmethod
    def affine(self, given: Affine, moments: Moments) -> Affine:
        """given: the map x -> x. The map before the ReLU; its BN counts one more batch in training.

        moments: of residual and identity, those of the identity only where a tail is `outside`.
        """

    @staticmethod
    def mix(candidates: dict[str, nn.Module], weights: Tensor, residual: Tensor, identity: Tensor) -> Tensor:
        """Sum of weights[k] * candidate k of (residual, identity), for less; weights (K,) in the order of candidates.

        Outputs, gradients and running statistics equal those of the plain sum.
        """
        tails = cast("list[Tail]", list(candidates.values()))
        return mixed(tails, weights, [residual], [identity])


def mixed(tails: Sequence[nn.Module], weights: Tensor, residuals: Sequence[Tensor],
          identities: Sequence[Tensor]) -> Tensor:
    """Sum of weights[k] * tail k, of one residual and one identity (N, D, H, W), or of one for each tail."""
    if not all(type(norm) in KNOWN for tail in tails for norm in tail.children()):  # norms may be decisions themselves
        pairs = zip(_for_each(residuals, tails), _for_each(identities, tails), strict=True)
        outputs = [tail(*pair) * weight for tail, pair, weight in zip(tails, pairs, weights, strict=True)]
        return reduce(torch.add, outputs)
    given = Affine(weights.new_ones(()), weights.new_zeros(()))
    terms = [Term(partial(tail.affine, given), tail.outside) for tail in cast("Sequence[Tail]", tails)]
    ranks = next((ranks_of(norm) for tail in tails for norm in tail.children() if isinstance(norm, Shared2d)), ALONE)
    return rectified_sum(terms, [p for tail in tails for p in tail.parameters()], weights, residuals, identities, ranks)


class Plain(Tail):
    """OS block without IN: ReLU(BN(residual) + identity)."""

    def __init__(self, width: int):
        super().__init__()
        self.bn = nn.BatchNorm2d(width)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return (self.bn(residual) + identity).relu()

    def affine(self, given: Affine, moments: Moments) -> Affine:
        return given.batch_normed(self.bn, moments).plus()


class Inside(Tail):
    """OS + IN_in: ReLU(IN(BN(residual)) + identity). replace_bn: without that BN, as in the authors' release."""

    def __init__(self, width: int, replace_bn: bool = False):
        super().__init__()
        self.bn = _norm(width, replace_bn)
        self.instance = nn.InstanceNorm2d(width, affine=True)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return (self.instance(self.bn(residual)) + identity).relu()

    def affine(self, given: Affine, moments: Moments) -> Affine:
        return given.batch_normed(self.bn, moments).instance_normed(self.instance, moments).plus()


class Outside(Tail):
    """OS + IN_out: ReLU(IN(BN(residual) + identity)); also the block of OSNet-IBN's first stage."""

    outside = True

    def __init__(self, width: int):
        super().__init__()
        self.bn = nn.BatchNorm2d(width)
        self.instance = nn.InstanceNorm2d(width, affine=True)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return self.instance(self.bn(residual) + identity).relu()

    def affine(self, given: Affine, moments: Moments) -> Affine:
        return given.batch_normed(self.bn, moments).plus().instance_normed(self.instance, moments)


class InsideOutside(Tail):
    """OS + IN_in-out: ReLU(IN(IN(BN(residual)) + identity)). replace_bn: without that BN."""

    outside = True

    def __init__(self, width: int, replace_bn: bool = False):
        super().__init__()
        self.bn = _norm(width, replace_bn)
        self.inner, self.outer = nn.InstanceNorm2d(width, affine=True), nn.InstanceNorm2d(width, affine=True)

    def forward(self, residual: Tensor, identity: Tensor) -> Tensor:
        """residual before its BN, identity (N, D, H, W) -> (N, D, H, W)."""
        return self.outer(self.inner(self.bn(residual)) + identity).relu()

    def affine(self, given: Affine, moments: Moments) -> Affine:
        inner = given.batch_normed(self.bn, moments).instance_normed(self.inner, moments)
        return inner.plus().instance_normed(self.outer, moments)


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


def _for_each(maps: Sequence[Tensor], tails: Sequence[nn.Module]) -> list[Tensor]:
    return [maps[k if len(maps) > 1 else 0] for k in range(len(tails))]
