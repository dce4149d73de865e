"""DrNAS: weights drawn from a Dirichlet distribution that is learnt (Chen et al., ICLR 2021)."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.ranges import real
from nasreid.relaxation import Relaxation

NEWTON = 4  # steps: a quantile within four standard deviations is known to 1e-5 of itself then, most to 1e-10
EPSILON = 1e-5  # of a concentration: the width of a difference
LEAST = 1e-290  # a chance that is less has no precise number
GRID = 2000  # places at which the odds are integrated


class Dirichlet(Relaxation):
    """Weights drawn from Dirichlet(elu(alpha) + 1) (section 3.1), differentiable in alpha; all candidates run.

    anchor: weight of the squared distance of the concentrations from 1, where the distribution is uniform, added to the
    loss of the alphas (eq. 4 and section 4.1: 1e-3). The temperature is the power of the draw: each weight to the power
    1 / temperature, over their sum; 1 is the paper's.
    """

    def __init__(self, anchor: float = 1e-3):
        self.anchor = anchor
        real(self, 0, 1e6, "anchor")

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        return torch.softmax(log_gamma_draw(concentration(alpha), noise) / temperature, -1).to(alpha.dtype)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.randn(candidates, generator=generator)

    def probabilities(self, alpha: Tensor) -> Tensor:
        shares = concentration(alpha)
        return (shares / shares.sum(-1, keepdim=True)).to(alpha.dtype)

    def odds(self, alpha: Tensor) -> Tensor:
        found = concentration(alpha.detach())[:, None]  # (K, 1)
        noise = torch.linspace(-6, 6, GRID, dtype=torch.float64, device=alpha.device).expand(len(alpha), -1)
        draws = log_gamma_draw(found, noise).exp()  # (K, GRID), of each candidate at its own quantiles
        below = torch.special.gammainc(found[:, None], draws)  # (K, K, GRID): of the j-th below the draws of the i-th
        below = below.masked_fill(torch.eye(len(alpha), dtype=torch.bool, device=alpha.device)[:, :, None], 1.0)
        chances = (below.prod(0) * torch.exp(-noise.square() / 2)).sum(-1)
        return (chances / chances.sum()).to(alpha.dtype)

    def penalty(self, alphas: Tensor) -> Tensor | None:
        return self.anchor * (concentration(alphas) - 1).square().sum().to(alphas.dtype) if self.anchor else None


def concentration(alpha: Tensor) -> Tensor:
    """elu(alpha) + 1 in float64, above 0."""
    return (torch.nn.functional.elu(alpha.double()) + 1).clamp_min(1e-4)


def log_gamma_draw(shape: Tensor, normal: Tensor) -> Tensor:
    """Logarithms (…,) of Gamma(shape (…,), 1) variables at the quantiles of normal noise (…,); differentiable in shape.

    Newton's steps on the logarithm of the chance to be below, or above where that is the smaller one: both are concave.
    The gradient is implicit: dx / dshape = -(dP / dshape) / (dP / dx) (Figurnov et al., NeurIPS 2018, eq. 5).
    """
    fixed, normal = shape.detach(), normal.detach().double()
    upper, wanted = normal > 0, torch.special.log_ndtr(-normal.abs())
    sign, scale, t = torch.where(upper, 1.0, -1.0), torch.lgamma(fixed), _begin(fixed, normal)
    for _ in range(NEWTON):
        x = t.exp()
        chance = torch.special.gammainc(fixed, x)
        tail = torch.where(upper, 1 - chance, chance).clamp_min(LEAST).log()
        step = (sign * (tail - wanted) * torch.exp(tail - fixed * t + x + scale)).clamp(-1, 1)
        t = torch.where(chance > LEAST, t + step, t)
    more, less = (_log_chance(fixed * (1 + by), t) for by in (EPSILON, -EPSILON))
    moved = (more - less) / (2 * EPSILON * fixed)
    return t - (shape - fixed) * moved * torch.exp(_log_chance(fixed, t) - fixed * t + t.exp() + scale)


def _begin(shape: Tensor, normal: Tensor) -> Tensor:
    """By P(shape, x) < x^shape / Gamma(shape + 1), or by Wilson and Hilferty (PNAS 1931) where that is more."""
    least = (torch.special.log_ndtr(normal) + torch.lgamma(shape + 1)) / shape
    cubic = 1 - 1 / (9 * shape) + normal / (3 * shape.sqrt())
    return torch.where(cubic > 0.1, torch.maximum(least, shape.log() + 3 * cubic.clamp_min(0.1).log()), least)


def _log_chance(shape: Tensor, t: Tensor) -> Tensor:
    """log P(shape, e^t); where P is too small for a number, by its first term."""
    least = shape * t - torch.lgamma(shape + 1)
    chance = torch.special.gammainc(shape, t.exp())
    return torch.where(chance > LEAST, chance.clamp_min(LEAST).log(), least)
