"""Network: a backbone (supernet or frozen) with a neck that turns its maps into an embedding."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from nasreid.batch import Embedding
from nasreid.errors import NasreidError
from nasreid.space import SearchSpace, TwoStage


class BNNeck(nn.Module):
    """Global average pooling; BatchNorm with frozen bias between the pooled vectors and a classifier."""

    def __init__(self, width: int):
        super().__init__()
        self.features = ((width, width),)
        self.bn = _frozen_bias(nn.BatchNorm1d(width))

    def forward(self, space: SearchSpace, images: Tensor, modality: Tensor | None) -> Embedding:
        """images (N, 3, H, W) -> Embedding with vectors (N, D) and neck (N, D)."""
        maps = space.maps(images, modality)
        vectors = maps.mean((2, 3))
        return Embedding(vectors, self.bn(vectors), maps)


class TwoFeatureNeck(nn.Module):
    """MSINet's neck: a global feature, and a local one from the upper and lower half of the middle maps.

    global: vectors (N, D) pooled, neck = BN(fc vectors). local: 1x1 convolution of the middle maps to `local_width`
    channels, upper half (floor(H/2) rows) and lower half pooled and joined: vectors (N, 2 * local_width), its own fc
    and BN. BN biases are frozen. Vectors are what triplet loss and retrieval see; classifiers see the necks.
    """

    def __init__(self, width: int, middle_width: int, local_width: int = 128):
        super().__init__()
        self.features = ((width, width), (2 * local_width, 2 * local_width))
        self.fc = nn.Linear(width, width, bias=False)
        self.bn = _frozen_bias(nn.BatchNorm1d(width))
        self.local_conv = nn.Conv2d(middle_width, local_width, 1)
        self.local_fc = nn.Linear(2 * local_width, 2 * local_width, bias=False)
        self.local_bn = _frozen_bias(nn.BatchNorm1d(2 * local_width))
        for layer in (self.fc, self.local_fc):
            nn.init.normal_(layer.weight, std=0.01)
        nn.init.kaiming_normal_(self.local_conv.weight, mode="fan_out", nonlinearity="relu")
        nn.init.zeros_(cast(Tensor, self.local_conv.bias))

    def forward(self, space: SearchSpace, images: Tensor, modality: Tensor | None) -> Embedding:
        """images (N, 3, H, W) -> Embedding with vectors, neck, maps and local (vectors, neck)."""
        middle = cast(TwoStage, space).middle(images, modality)
        maps = cast(TwoStage, space).top(middle, modality)
        vectors = maps.mean((2, 3))
        parts = self.local_conv(middle)
        half = parts.shape[2] // 2
        halves = torch.cat([parts[:, :, :half].mean((2, 3)), parts[:, :, half:].mean((2, 3))], dim=1)
        local = Embedding(halves, self.local_bn(self.local_fc(halves)), parts)
        return Embedding(vectors, self.bn(self.fc(vectors)), maps, local)


class FCNeck(nn.Module):
    """OSNet's head (OSNet-AIN, table 1): pooled maps, then a linear layer to `out`, BatchNorm and ReLU.

    vectors (N, out), none negative, are what retrieval and classifiers see alike; `out` does not scale with the space.
    affine: the BatchNorm has scale and shift (not so in the authors' supernet).
    """

    def __init__(self, width: int, out: int = 512, affine: bool = True):
        super().__init__()
        self.features = ((out, out),)
        self.fc = nn.Linear(width, out)
        self.bn = nn.BatchNorm1d(out, affine=affine)
        nn.init.normal_(self.fc.weight, std=0.01)
        nn.init.zeros_(self.fc.bias)

    def forward(self, space: SearchSpace, images: Tensor, modality: Tensor | None) -> Embedding:
        """images (N, 3, H, W) -> Embedding whose vectors (N, out) are its neck."""
        maps = space.maps(images, modality)
        vectors = self.bn(self.fc(maps.mean((2, 3)))).relu()
        return Embedding(vectors, vectors, maps)


class Network(nn.Module):
    """Backbone and neck. Final.

    `after_neck`: retrieval reads the features after the neck instead of before it (the official MSINet code has the
    same switch, unused).
    """

    def __init__(self, space: SearchSpace, neck: nn.Module, after_neck: bool = False):
        super().__init__()
        self.space = space
        self.neck = neck
        self.after_neck = after_neck

    def forward(self, images: Tensor, modality: Tensor | None = None) -> Embedding:
        """images (N, 3, H, W), modality (N,) bool or None -> Embedding."""
        return self.neck(self.space, images, modality)

    @property
    def features(self) -> tuple[tuple[int, int], ...]:
        """Widths (vectors, neck) of each feature: the global one, then the local one if there is one."""
        return cast(Any, self.neck).features

    def vectors(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """Retrieval vectors (N, D): the global feature, joined with the local one where there is one."""
        embedding = self(images, modality)
        parts = [embedding] if embedding.local is None else [embedding, embedding.local]
        return torch.cat([p.neck if self.after_neck else p.vectors for p in parts], dim=1)


def with_neck(space: SearchSpace, neck: str = "auto") -> Network:
    """A Network from a backbone and a neck.

    'bnneck', 'two-feature', 'fc' (OSNet's head), 'fc-non-affine' (that of its supernet), or 'auto': the space's own
    `default_neck`.
    """
    kind = space.default_neck if neck == "auto" else neck
    if kind == "bnneck":
        return Network(space, BNNeck(space.width))
    if kind in ("fc", "fc-non-affine"):
        return Network(space, FCNeck(space.width, affine=kind == "fc"))
    if kind != "two-feature":
        raise NasreidError(f"neck {kind!r}: expected auto, bnneck, two-feature, fc or fc-non-affine")
    if not isinstance(space, TwoStage):
        raise NasreidError(f"neck 'two-feature' needs a TwoStage space; {type(space).__name__} is none")
    return Network(space, TwoFeatureNeck(space.width, space.middle_width))


def _frozen_bias(bn: nn.BatchNorm1d) -> nn.BatchNorm1d:
    bn.bias.requires_grad_(False)
    return bn
