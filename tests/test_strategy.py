"""Optimisers, schedules and the order of an iteration."""

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser


def test_the_optimisers_are_the_papers():
    layer = nn.Linear(2, 2)
    one = WeightOptimiser().make(layer.parameters())
    two = ArchitectureOptimiser(betas=(0.5, 0.999), weight_decay=1e-3).make(layer.parameters())
    assert isinstance(one, torch.optim.SGD)
    assert (one.defaults["momentum"], one.defaults["weight_decay"], one.defaults["nesterov"]) == (0.9, 5e-4, False)
    assert (two.defaults["betas"], two.defaults["weight_decay"]) == ((0.5, 0.999), 1e-3)


def test_what_takes_no_gradient_is_left_out():
    layer = nn.Linear(2, 2)
    layer.bias.requires_grad_(False)
    assert [len(g["params"]) for g in WeightOptimiser(kind="adam").make(layer.parameters()).param_groups] == [1]


def test_milestones_keep_the_papers_proportions():
    assert WeightOptimiser().stones(350) == (150, 225, 300)
    assert WeightOptimiser().stones(14) == (6, 9, 12)
    assert WeightOptimiser(milestones=(3,)).stones(14) == (3,)


def test_rates_of_a_run():
    assert WeightOptimiser(lr=1.0).rate(0, 350) == pytest.approx(0.01)
    assert [WeightOptimiser(lr=1.0).rate(e, 350) for e in (10, 149, 150, 225, 300)] == pytest.approx(
        [1, 1, 0.1, 0.01, 0.001])
    assert WeightOptimiser(lr=1.0, schedule="cosine", warmup_epochs=0).rate(5, 10) == pytest.approx(0.5)
    assert ArchitectureOptimiser(1.0).rate(6, 9, (6,)) == pytest.approx(0.1)
    assert ArchitectureOptimiser(1.0, milestones=(9,)).rate(6, 9, (6,)) == 1.0
    assert ArchitectureOptimiser(1.0, schedule="cosine").rate(5, 10, (1,)) == pytest.approx(0.5)
    assert ArchitectureOptimiser(1.0, warmup_epochs=4).rate(2, 9, ()) == pytest.approx(0.505)


@pytest.mark.parametrize("options", [{"kind": "lion"}, {"schedule": "linear"}, {"lr": 0.0}])
def test_an_unknown_setting_is_refused(options):
    with pytest.raises(NasreidError, match="expected"):
        WeightOptimiser(**options)
