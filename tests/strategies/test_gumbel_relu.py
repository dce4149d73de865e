"""Rectified alphas."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.strategies.gumbel_relu import GumbelReLU

alphas = st.lists(st.floats(-5, 5), min_size=2, max_size=6).map(lambda v: torch.tensor(v, dtype=torch.float64))


# colder, the 1e-12 of the authors' code shows in the sum
@given(alphas, st.integers(0, 1000), st.floats(0.5, 10))
@pytest.mark.parametrize("hard", [False, True])
def test_rectified_weights_are_a_distribution_while_an_alpha_is_positive(hard, alpha, seed, temperature):
    kind = GumbelReLU(hard)
    noise = kind.noise(len(alpha), torch.Generator().manual_seed(seed))
    weights = kind.weights(torch.cat([alpha[:-1], torch.ones(1)]), noise, temperature)
    assert float(weights.sum()) == pytest.approx(1)
    assert bool((weights >= -1e-12).all())


def test_rectified_alphas_start_even_and_leave_what_is_not_positive_without_gradient():
    kind = GumbelReLU()
    alpha = kind.start(4, torch.Generator()).double()
    torch.testing.assert_close(kind.probabilities(alpha), torch.full_like(alpha, 0.25))
    leaf = torch.tensor([1.0, 3.0, 0.0, -1.0], dtype=torch.float64, requires_grad=True)
    noise = kind.noise(4, torch.Generator().manual_seed(0))
    torch.testing.assert_close(kind.probabilities(leaf.detach()), torch.tensor([0.25, 0.75, 0, 0]).double())
    (kind.weights(leaf, noise, 1.0) * torch.arange(4.0)).sum().backward()
    assert leaf.grad is not None
    assert leaf.grad[2:].tolist() == [0.0, 0.0]
    assert bool((leaf.grad[:2] != 0).all())


def test_rectified_noise_is_finite_at_the_ends_of_the_interval():
    assert bool(GumbelReLU.noise_of(torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64)).isfinite().all())
