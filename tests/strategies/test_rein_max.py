"""ReinMax: the mean gradient is exact where the loss is quadratic."""

import pytest
import torch

from nasreid.relaxation import GumbelSoftmax
from nasreid.strategies.rein_max import ReinMax

ALPHA = torch.tensor([0.3, -0.7, 1.1, 0.0], dtype=torch.float64)
VALUES = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)


def mean_gradient(kind, loss):
    """Over the four draws, each as often as its probability."""
    total = torch.zeros(4, dtype=torch.float64)
    for index, chance in enumerate(torch.softmax(ALPHA, 0)):
        leaf = ALPHA.clone().requires_grad_()
        weights = kind.weights(leaf, 50 * torch.eye(4).double()[index], 1.0)
        assert weights.argmax() == index
        loss(weights).backward()
        total += chance * leaf.grad
    return total


def quadratic(weights):
    return (weights * VALUES).sum() ** 2 + (weights * VALUES.flip(0)).sum() * weights[0]


def test_the_mean_gradient_of_a_quadratic_loss_is_that_of_the_mean_loss():
    leaf = ALPHA.clone().requires_grad_()
    torch.stack([chance * quadratic(hot) for chance, hot in
                 zip(torch.softmax(leaf, 0), torch.eye(4).double(), strict=True)]).sum().backward()
    torch.testing.assert_close(mean_gradient(ReinMax(), quadratic), leaf.grad)


def test_straight_through_is_exact_for_linear_losses_only():
    linear = mean_gradient(GumbelSoftmax(hard=True), lambda weights: (weights * VALUES).sum())
    torch.testing.assert_close(mean_gradient(ReinMax(), lambda weights: (weights * VALUES).sum()),
                               torch.softmax(ALPHA, 0) * (VALUES - (torch.softmax(ALPHA, 0) * VALUES).sum()))
    assert linear.isfinite().all()
    leaf = ALPHA.clone().requires_grad_()
    sum(chance * quadratic(hot) for chance, hot in zip(torch.softmax(leaf, 0), torch.eye(4).double(), strict=True)
        ).backward()
    assert not torch.allclose(mean_gradient(GumbelSoftmax(hard=True), quadratic), leaf.grad)


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_weights_are_hard_whatever_the_temperature(temperature):
    noise = ReinMax().noise(4, torch.Generator().manual_seed(1)).double()
    assert sorted(ReinMax().weights(ALPHA, noise, temperature).tolist()) == pytest.approx([0, 0, 0, 1])
