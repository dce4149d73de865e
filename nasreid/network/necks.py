"""Necks: from the maps of a backbone to an embedding."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from nasreid.batch import Embedding
from nasreid.errors import NasreidError
from nasreid.network.pooling import Average, Pooling


class Neck(nn.Module, ABC):
    """What turns maps into an embedding; a network owns one, and hands it the maps of its backbone.

    features: widths (vectors, neck) of each feature: the global one, then the local one if there is one. reads_middle:
    the neck needs the maps in the middle, too, so its backbone must be one that can be tapped there.
    """

    features: tuple[tuple[int, int], ...]
    reads_middle: bool = False

    @abstractmethod
    def forward(self, maps: Tensor, middle: Tensor | None = None) -> Embedding:
        """Last maps (N, D, h, w), and those in the middle (N, M, h', w') if it reads them -> Embedding."""


class BNNeck(Neck):
    """Global pooling, by default the average; BatchNorm with frozen bias between pooled vectors and a classifier."""

    def __init__(self, width: int, pool: Pooling | None = None):
        super().__init__()
        self.pool = pool or Average()
        self.features = ((width, width),)
        self.bn = _frozen_bias(nn.BatchNorm1d(width))

    def forward(self, maps: Tensor, middle: Tensor | None = None) -> Embedding:
        """maps (N, D, h, w) -> Embedding with vectors (N, D) and neck (N, D)."""
        vectors = self.pool(maps)
        return Embedding(vectors, self.bn(vectors), maps)


class TwoFeatureNeck(Neck):
    """MSINet's neck: a global feature, and a local one from the upper and lower half of the middle maps.

    global: vectors (N, D) pooled, neck = BN(fc vectors). local: 1x1 convolution of the middle maps to `local_width`
    channels, upper half (floor(H/2) rows) and lower half averaged and joined: vectors (N, 2 * local_width), its own fc
    and BN. BN biases are frozen. Vectors are what triplet loss and retrieval see; classifiers see the necks.
    """

    reads_middle = True

    def __init__(self, width: int, middle_width: int, local_width: int = 128, pool: Pooling | None = None):
        super().__init__()
        self.pool = pool or Average()
        self.features = ((width, width), (2 * local_width, 2 * local_width))
        self.fc = nn.Linear(width, width, bias=False)
        self.bn = _frozen_bias(nn.BatchNorm1d(width))
        self.local_conv = nn.Conv2d(middle_width, local_width, 1)
        self.local_fc = nn.Linear(2 * local_width, 2 * local_width, bias=False)
        self.local_bn = _frozen_bias(nn.BatchNorm1d(2 * local_width))
        for layer in (self.fc, self.local_fc):
            nn.init.normal_(layer.weight, std=0.01)
        nn.init.kaiming_normal_(self.local_conv.weight, mode="fan_out", nonlinearity="relu")
        if self.local_conv.bias is not None:
            nn.init.zeros_(self.local_conv.bias)

    def forward(self, maps: Tensor, middle: Tensor | None = None) -> Embedding:
        """maps (N, D, h, w), middle (N, M, H', W') -> Embedding with vectors, neck, maps and local (vectors, neck)."""
        vectors = self.pool(maps)
        parts = self.local_conv(middle)
        half = parts.shape[2] // 2
        if not half:
            raise NasreidError(f"the two-feature neck halves maps of {parts.shape[2]} row; expected higher images, or "
                               "the neck bnneck")
        halves = torch.cat([parts[:, :, :half].mean((2, 3)), parts[:, :, half:].mean((2, 3))], dim=1)
        local = Embedding(halves, self.local_bn(self.local_fc(halves)), parts)
        return Embedding(vectors, self.bn(self.fc(vectors)), maps, local)


class FCNeck(Neck):
    """OSNet's head (OSNet-AIN, table 1): pooled maps, then a linear layer to `out`, BatchNorm and ReLU.

    vectors (N, out), none negative, are what retrieval and classifiers see alike; `out` does not scale with the space.
    affine: the BatchNorm has scale and shift (not so in the authors' supernet).
    """

    def __init__(self, width: int, out: int = 512, affine: bool = True, pool: Pooling | None = None):
        super().__init__()
        self.pool = pool or Average()
        self.features = ((out, out),)
        self.fc = nn.Linear(width, out)
        self.bn = nn.BatchNorm1d(out, affine=affine)
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, maps: Tensor, middle: Tensor | None = None) -> Embedding:
        """maps (N, D, h, w) -> Embedding whose vectors (N, out) are its neck."""
        vectors = self.bn(self.fc(self.pool(maps))).relu()
        return Embedding(vectors, vectors, maps)


def _frozen_bias(bn: nn.BatchNorm1d) -> nn.BatchNorm1d:
    bn.bias.requires_grad_(False)
    return bn
