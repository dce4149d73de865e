"""SDARTS-RS: weights that are moved at random, so that a search ends where small changes matter little."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.ranges import real
from nasreid.relaxation import Relaxation

LEAST = 1e-6  # what is left of a weight that was moved below
GRID = 400  # places at which the odds are integrated


class Perturbed(Relaxation):
    """softmax(alpha) + uniform noise in [-epsilon, epsilon], back among the distributions (Chen and Hsieh, ICML 2020).

    That is eq. 6 with its random smoothing. The paper's epsilon grows from 0.001 to 0.3 during a search, and its
    architecture step sees no noise; here it is the same in all epochs and both steps. The temperature is the power of
    the moved weights: each to the power 1 / temperature, over their sum.
    """

    def __init__(self, epsilon: float = 0.1):
        self.epsilon = epsilon
        real(self, 0, 1, "epsilon", open_below=True)

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        moved = torch.softmax(alpha, -1) + self.epsilon * noise
        return torch.softmax(moved.clamp_min(LEAST).log() / temperature, -1)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return 2 * torch.rand(candidates, generator=generator) - 1

    def odds(self, alpha: Tensor) -> Tensor:
        means = torch.softmax(alpha.detach(), -1)
        steps = (torch.arange(GRID, dtype=alpha.dtype, device=alpha.device) + 0.5) / GRID * 2 - 1
        at = means[:, None] + self.epsilon * steps  # (K, GRID)
        below = ((at - means[:, None, None] + self.epsilon) / (2 * self.epsilon)).clamp(0, 1)  # (K, K, GRID)
        own = torch.eye(len(alpha), dtype=torch.bool, device=alpha.device)[:, :, None]
        chances = below.masked_fill(own, 1.0).prod(0).sum(-1)
        return chances / chances.sum()
