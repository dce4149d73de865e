"""FairDARTS: a sigmoid for each candidate, and the loss that decides it."""

import pytest
import torch

from nasreid.strategies.sigmoid import Sigmoid

ALPHA = torch.tensor([0.0, 2.0, -1.0], dtype=torch.float64)


def test_candidates_do_not_compete():
    one = Sigmoid().weights(ALPHA, torch.zeros(3), 2.0)
    other = Sigmoid().weights(ALPHA + torch.tensor([0.0, 0.0, 5.0]), torch.zeros(3), 2.0)
    assert torch.equal(one[:2], other[:2])
    assert one.tolist() == pytest.approx([0.5, 1 / (1 + torch.e**-1), 1 / (1 + torch.e**0.5)])


def test_the_probabilities_are_shares_of_the_sigmoids():
    found = Sigmoid().probabilities(ALPHA)
    assert found.sum().item() == pytest.approx(1)
    assert (found[0] / found[1]).item() == pytest.approx(0.5 * (1 + torch.e**-2))


def test_the_zero_one_loss_pulls_away_from_one_half():
    alphas = torch.tensor([0.5, -0.5, 3.0], requires_grad=True)
    penalty = Sigmoid(10).penalty(alphas)
    assert penalty is not None
    assert penalty.item() == pytest.approx(-10 * ((torch.sigmoid(alphas) - 0.5) ** 2).mean().item())
    penalty.backward()
    assert alphas.grad is not None
    assert alphas.grad.sign().tolist() == [-1, 1, -1]
    assert Sigmoid(0).penalty(alphas) is None
