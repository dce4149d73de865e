"""FairDARTS: candidates do not compete, each has a sigmoid of its own (Chu et al., ECCV 2020)."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.ranges import real
from nasreid.relaxation import Relaxation


class Sigmoid(Relaxation):
    """sigmoid(alpha / temperature) for each candidate by itself, and a loss that pulls each towards 0 or 1 (eq. 3-5).

    zero_one: weight of -mean((sigmoid(alpha) - 0.5)^2) over all candidates of all decisions. The paper's w is 10, which
    suits its 50 epochs of small steps; in the few large steps of a short search it decides before the images do. A
    decision still ends with one candidate, the strongest; the probabilities are the sigmoids over their sum.
    """

    total = None

    def __init__(self, zero_one: float = 1.0):
        self.zero_one = zero_one
        real(self, 0, 1e6, "zero_one")

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        return torch.sigmoid(alpha / temperature)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.zeros(candidates)

    def probabilities(self, alpha: Tensor) -> Tensor:
        shares = torch.sigmoid(alpha)
        return shares / shares.sum(-1, keepdim=True)

    def plain(self, alpha: Tensor) -> Tensor:
        return torch.sigmoid(alpha)

    def penalty(self, alphas: Tensor) -> Tensor | None:
        return -self.zero_one * (torch.sigmoid(alphas) - 0.5).square().mean() if self.zero_one else None
