"""Dirichlet draws: their distribution, their gradient, and what holds them near the uniform one."""

import math

import numpy as np
import pytest
import torch
from scipy.special import gammaincinv, ndtr

from nasreid.strategies.dirichlet import Dirichlet, concentration, log_gamma_draw

ALPHA = torch.tensor([-1.0, 0.0, 0.5, 2.0], dtype=torch.float64)


@pytest.mark.parametrize("alpha", [-4.0, -3.0, -1.0, 0.0, 0.3, 2.0, 10.0])
def test_gamma_draws_are_the_quantiles_of_their_noise(alpha):
    shape = concentration(torch.tensor(alpha)).expand(9)
    noise = torch.linspace(-4, 4, 9, dtype=torch.float64)
    np.testing.assert_allclose(log_gamma_draw(shape, noise), np.log(gammaincinv(shape.numpy(), ndtr(noise.numpy()))),
                               atol=1e-5)


@pytest.mark.parametrize("shape", [1e-3, 0.05, 1.0, 6.0])
def test_their_gradient_is_true_down_to_draws_that_no_number_holds(shape):
    given = torch.full((5,), shape, dtype=torch.float64, requires_grad=True)
    noise = torch.linspace(-2, 2, 5, dtype=torch.float64)
    torch.autograd.gradcheck(lambda s: log_gamma_draw(s, noise), (given,), eps=1e-5 * shape)


def test_draws_have_the_moments_of_the_dirichlet_distribution():
    kind, generator = Dirichlet(), torch.Generator().manual_seed(0)
    draws = torch.stack([kind.weights(ALPHA, kind.noise(4, generator), 1.0) for _ in range(1200)])
    known = torch.distributions.Dirichlet(concentration(ALPHA))
    torch.testing.assert_close(draws.mean(0), known.mean, atol=0.02, rtol=0)
    torch.testing.assert_close(draws.var(0), known.variance, atol=0.008, rtol=0)
    torch.testing.assert_close(kind.probabilities(ALPHA), known.mean)


def test_the_odds_of_two_are_those_of_a_beta_distribution():
    from scipy.stats import beta

    first, second = concentration(ALPHA[[0, 3]]).tolist()
    assert Dirichlet().odds(ALPHA[[0, 3]])[0].item() == pytest.approx(beta(first, second).sf(0.5), abs=1e-4)


def test_the_anchor_pulls_concentrations_to_one():
    alphas = torch.tensor([0.0, 1.0, -math.log(2)], requires_grad=True)
    penalty = Dirichlet(0.1).penalty(alphas)
    assert penalty is not None
    assert penalty.item() == pytest.approx(0.1 * (0 + 1 + 0.25))
    penalty.backward()
    assert alphas.grad is not None
    assert alphas.grad.sign().tolist() == [0, 1, -1]
    assert Dirichlet(0).penalty(alphas) is None
