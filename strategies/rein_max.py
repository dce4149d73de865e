"""ReinMax: hard draws whose gradient is exact to the second order (Liu et al., NeurIPS 2023)."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.relaxation import Relaxation, drawn, gumbel, straight_through


class ReinMax(Relaxation):
    """One-hot draws with probability softmax(alpha), all candidates run; the gradient is Heun's (algorithm 2).

    The mean of the gradients over the draws is that of the mean loss where the loss is quadratic in the weights, at
    temperature 1; straight through (GumbelSoftmax(hard=True)) it is so where the loss is linear.
    """

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        hot, even = drawn(alpha, noise), torch.softmax(alpha, -1)
        middle = (hot + torch.softmax(alpha / temperature, -1)) / 2
        middle = torch.softmax((middle.log() - alpha).detach() + alpha, -1)  # the same value, the gradient of a softmax
        return straight_through(2 * middle - even / 2, hot)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return gumbel(candidates, generator)
