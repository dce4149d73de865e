"""The attentions that may follow a stage: each returns maps of the shape that it was given."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nasreid.spaces.blocks import ChannelGate, ConvBN, gate_layers


class SqueezeExcite(nn.Module):
    """Each channel times its gate (Hu et al., CVPR 2018, eq. 2 to 4); reduction 16."""

    def __init__(self, width: int):
        super().__init__()
        self.gate = ChannelGate(width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x * self.gate(x.mean((2, 3), keepdim=True))


class Spatial(nn.Module):
    """Each position times its gate, a 7x7 convolution of the channels' mean and maximum (CBAM, ECCV 2018, eq. 3)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.bn = nn.BatchNorm2d(1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        seen = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)  # (N, 2, H, W)
        return x * self.bn(self.conv(seen)).sigmoid()


class CBAM(nn.Module):
    """Channels by one MLP of their means and maxima, then positions (Woo et al., ECCV 2018, eq. 1 to 3)."""

    def __init__(self, width: int):
        super().__init__()
        self.squeeze, self.excite = gate_layers(width)
        self.spatial = Spatial()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        means, maxima = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        channels = (self._mlp(means) + self._mlp(maxima)).sigmoid()
        return self.spatial(x * channels)

    def _mlp(self, vectors: Tensor) -> Tensor:
        return self.excite(self.squeeze(vectors).relu())


class SelfAttention(nn.Module):
    """x + BN(1x1 of what each position sees in all others) (Wang et al., CVPR 2018, eq. 4 to 6: embedded Gaussian).

    Keys and values are of half the channels, and 2x2 max-pooled (section 3.3). Their last norm starts at one, not at
    zero: a search shall see the difference from the first step.
    """

    def __init__(self, width: int):
        super().__init__()
        inner = max(1, width // 2)
        self.query, self.key, self.value = (nn.Conv2d(width, inner, 1) for _ in range(3))
        self.out = ConvBN(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        query, key, value = self.query(x).flatten(2), self._pooled(self.key(x)), self._pooled(self.value(x))
        attention = torch.softmax(query.transpose(1, 2) @ key, -1)  # (N, H W, h w)
        seen = value @ attention.transpose(1, 2)  # (N, C / 2, H W)
        return x + self.out(seen.unflatten(2, x.shape[2:]))

    @staticmethod
    def _pooled(maps: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, h w), of a quarter of the positions where that leaves any."""
        return nn.functional.max_pool2d(maps, [min(2, side) for side in maps.shape[2:]]).flatten(2)


def attention(name: str, width: int) -> nn.Module:
    """A fresh one of that name: se, spatial, cbam, self or none."""
    if name == "spatial":
        return Spatial()
    return nn.Identity() if name == "none" else {"se": SqueezeExcite, "cbam": CBAM, "self": SelfAttention}[name](width)
