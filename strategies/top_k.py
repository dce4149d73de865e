"""Top-k: the k strongest candidates run with weight 1 each (CDNet, CVPR 2021)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from nasreid.ranges import whole
from nasreid.relaxation import Relaxation, straight_through


class TopK(Relaxation):
    """The k largest of softmax(alpha) have weight 1 each and the others 0, with the gradient of softmax(alpha).

    k: of fewer candidates all have weight 1. ties: what is chosen among equals, such as all alphas at the start, which
    are zero: "random", or "order", the first ones. All candidates run: what a candidate would have changed reaches its
    alpha also where its weight is 0.
    """

    def __init__(self, k: int = 2, ties: Literal["random", "order"] = "random"):
        self.k, self.ties = k, ties
        whole(self, 1, 1000, "k")
        self.total = k

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        shuffled = noise.argsort(stable=True)
        ranked = shuffled[alpha.detach()[shuffled].argsort(descending=True, stable=True)]
        hot = torch.zeros_like(alpha).scatter(0, ranked[:self.k], 1.0)
        return straight_through(torch.softmax(alpha / temperature, -1), hot)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        uniform = torch.rand(candidates, generator=generator)
        return uniform if self.ties == "random" else torch.zeros(candidates)

    def start(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.zeros(candidates)
