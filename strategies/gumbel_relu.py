"""Gumbel-softmax over rectified alphas, as the code of OSNet-AIN has it."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.relaxation import Relaxation, one_hot, straight_through, strongest


class GumbelReLU(Relaxation):
    """Gumbel-softmax over probabilities proportional to max(alpha, 0), as the code of OSNet-AIN computes eq. 8.

    alpha starts at one. A candidate whose alpha is not positive has next to no weight and no gradient; where all are
    like that the weights add up to less than 1. hard, alone: as in GumbelSoftmax.
    """

    def __init__(self, hard: bool = False, alone: bool = False):
        self.hard, self.alone = hard or alone, alone

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        scores = (torch.log(alpha.relu() + 1e-12) + noise) / temperature
        top = scores.max().detach()  # changes nothing but the size of what goes through exp
        shares = (scores - top).exp()
        soft = shares / (shares.sum(-1, keepdim=True) + 1e-12 * (-top).exp())
        return straight_through(soft, one_hot(strongest(_scores(alpha), noise), alpha)) if self.hard else soft

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return self.noise_of(torch.rand(candidates, generator=generator, dtype=torch.float64))

    @staticmethod
    def noise_of(uniform: Tensor) -> Tensor:
        """Uniform draws (...,) in [0, 1) -> Gumbel noise (...,)."""
        return -torch.log(-torch.log((uniform + 1e-12).clamp(max=1 - 1e-16)))

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(strongest(_scores(alpha), noise)) if self.alone else None

    def reads_alpha(self) -> bool:
        return self.alone

    def start(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.ones(candidates)

    def probabilities(self, alpha: Tensor) -> Tensor:
        shares = alpha.relu() + 1e-12
        return shares / shares.sum(-1, keepdim=True)


def _scores(alpha: Tensor) -> Tensor:
    return torch.log(alpha.detach().double().relu() + 1e-12)
