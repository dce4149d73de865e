"""Alphas that learn from the losses of drawn paths."""

from __future__ import annotations

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.mutation import relax
from nasreid.relaxation import SinglePath, Softmax, UniformPath
from nasreid.training.paths import judge
from tests.spaces_for_tests import Tiny


def judged(relaxation, paths, loss, seed=0):
    supernet, generator = relax(Tiny(), relaxation), torch.Generator().manual_seed(seed)
    drawn = []

    def run():
        supernet.draw(1.0, generator)
        drawn.append(supernet.drawn())
        return torch.tensor(loss(drawn[-1]))

    found = judge(supernet, run, paths)
    return supernet, drawn, found


def test_the_gradient_is_that_of_the_score_function_with_the_mean_as_baseline():
    supernet, drawn, mean = judged(SinglePath(), 5, lambda path: float(sum(path.values())))
    losses = torch.tensor([float(sum(path.values())) for path in drawn])
    assert mean.item() == pytest.approx(losses.mean().item())
    for label, alpha in supernet.alphas().items():
        chances = torch.softmax(alpha.detach(), 0)
        expected = sum((loss - losses.mean()) * (torch.eye(len(alpha))[path[label]] - chances)
                       for loss, path in zip(losses, drawn, strict=True)) / 5
        assert torch.allclose(alpha.grad, expected, atol=1e-6)


def test_over_many_paths_the_candidate_that_loses_least_gains():
    supernet, _, _ = judged(UniformPath(), 600, lambda path: 1.0 * (path["block1"] != 2))
    one, other = supernet.alphas()["block1"].grad, supernet.alphas()["block2"].grad
    assert one.argmin() == 2
    assert one[2] < -0.1
    assert other.abs().max() < 0.05


def test_equal_losses_move_nothing():
    supernet, _, _ = judged(SinglePath(), 4, lambda path: 7.0)
    assert all(not alpha.grad.any() for alpha in supernet.alphas().values())


def test_no_path_has_a_gradient_of_the_weights():
    supernet, generator = relax(Tiny(), SinglePath()), torch.Generator().manual_seed(0)

    def run():
        supernet.draw(1.0, generator)
        return supernet(torch.ones(2, 3, 16, 8)).square().mean()

    judge(supernet, run, 3)
    assert all(weight.grad is None for weight in supernet.weights())


def test_a_mix_of_candidates_is_no_path():
    with pytest.raises(NasreidError, match="choice 'block1' mixes its candidates; expected a relaxation that draws"):
        judged(Softmax(), 2, lambda path: 0.0)
