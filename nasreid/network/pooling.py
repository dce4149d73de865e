"""From maps to one vector an image."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError, one_of

LEAST = 1e-6  # of a value of the maps, whose power has no slope at zero


class Pooling(nn.Module, ABC):
    """maps (N, D, h, w) -> vectors (N, D)."""

    @abstractmethod
    def forward(self, maps: Tensor) -> Tensor:
        """maps (N, D, h, w) -> vectors (N, D)."""


class Average(Pooling):
    """The mean of each map."""

    def forward(self, maps: Tensor) -> Tensor:
        """maps (N, D, h, w) -> vectors (N, D)."""
        return maps.mean((2, 3))


class GeM(Pooling):
    """Generalised mean of each map, negative values as zero: (mean of x^p)^(1/p); Radenović et al., TPAMI 2019, eq. 3.

    p, 3 at first, is learnt, one for all maps. 1 is the average, infinity the maximum.
    """

    def __init__(self, p: float = 3.0):
        super().__init__()
        self.p = nn.Parameter(torch.tensor(float(p)))

    def forward(self, maps: Tensor) -> Tensor:
        """maps (N, D, h, w) -> vectors (N, D)."""
        return maps.clamp_min(LEAST).pow(self.p).mean((2, 3)).pow(1 / self.p)


POOLINGS: dict[str, type[Pooling]] = {"average": Average, "gem": GeM}


def pooled_by(name: str) -> Pooling:
    """The pooling of that name."""
    if name not in POOLINGS:
        raise NasreidError(f"pooling {one_of(name, POOLINGS)}")
    return POOLINGS[name]()
