"""Weights moved at random stay a distribution, near the softmax."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.strategies.perturbed import Perturbed

ALPHA = torch.tensor([0.2, 0.0, -0.3, 0.4], dtype=torch.float64)


def test_weights_are_moved_by_the_noise_and_no_further():
    soft, noise = torch.softmax(ALPHA, 0), torch.tensor([1.0, -1.0, 0.5, -0.5]).double()
    torch.testing.assert_close(Perturbed(0.05).weights(ALPHA, noise, 1.0), soft + 0.05 * noise)


def test_their_mean_is_the_softmax_while_none_falls_below_zero():
    kind, generator = Perturbed(0.1), torch.Generator().manual_seed(0)
    rows = torch.stack([kind.weights(ALPHA, kind.noise(4, generator).double(), 1.0) for _ in range(2000)])
    torch.testing.assert_close(rows.mean(0), torch.softmax(ALPHA, 0), atol=0.006, rtol=0)


def test_a_weight_that_is_moved_below_zero_is_next_to_nothing():
    weights = Perturbed(0.5).weights(ALPHA, torch.tensor([1.0, 1.0, -1.0, 1.0]).double(), 1.0)
    assert 0 < weights[2] < 1e-5
    assert weights.sum().item() == pytest.approx(1)


@pytest.mark.parametrize("epsilon", [0, -0.1, 1.5])
def test_epsilon_is_above_zero_and_up_to_one(epsilon):
    with pytest.raises(NasreidError, match=f"epsilon is {epsilon}"):
        Perturbed(epsilon)
