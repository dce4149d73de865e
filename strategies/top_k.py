"""Top-k: the k strongest candidates run with weight 1 each (CDNet, CVPR 2021)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from nasreid.ranges import whole
from nasreid.relaxation import Relaxation, straight_through


class TopK(Relaxation):
    """The k largest of softmax(alpha) run, with weight 1 each, and no others; the gradient is that of softmax(alpha).

    k: of fewer candidates all have weight 1. ties: what is chosen among equals, such as all alphas at the start, which
    are zero: "random", or "order", the first ones. full: all candidates run, those with weight 0 too, so that what they
    would have changed reaches their alphas; else an alpha learns of its candidate when that runs, and falls and rises
    with the others in between.
    """

    def __init__(self, k: int = 2, ties: Literal["random", "order"] = "random", full: bool = False):
        self.k, self.ties, self.full = k, ties, full
        whole(self, 1, 1000, "k")
        self.total = k

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        hot = torch.zeros_like(alpha).scatter(0, self._largest(alpha, noise), 1.0)
        return straight_through(torch.softmax(alpha / temperature, -1), hot)

    def running(self, alpha: Tensor, noise: Tensor) -> list[int] | None:
        return None if self.full else sorted(self._largest(alpha, noise).tolist())

    def reads_alpha(self) -> bool:
        return not self.full

    def _largest(self, alpha: Tensor, noise: Tensor) -> Tensor:
        """The k (k,)."""
        shuffled = noise.argsort(stable=True)
        return shuffled[alpha.detach()[shuffled].argsort(descending=True, stable=True)][:self.k]

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        uniform = torch.rand(candidates, generator=generator)
        return uniform if self.ties == "random" else torch.zeros(candidates)

    def plain(self, alpha: Tensor) -> Tensor:
        return min(self.k, len(alpha)) * self.probabilities(alpha)

    def start(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.zeros(candidates)
