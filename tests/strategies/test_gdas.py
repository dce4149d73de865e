"""GDAS: one candidate alone, ever colder."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.relaxation import GumbelSoftmax
from nasreid.strategies.gdas import GDAS


def test_it_is_the_lone_draw_of_a_gumbel_softmax():
    alpha, lone = torch.tensor([0.1, 0.4, -0.3]), GumbelSoftmax(alone=True)
    for seed in range(10):
        noise = GDAS().noise(3, torch.Generator().manual_seed(seed)).float()
        assert GDAS().index(alpha, noise) == lone.index(alpha, noise)
        assert torch.equal(GDAS().weights(alpha, noise, 5.0), lone.weights(alpha, noise, 5.0))


def test_the_temperature_falls_in_a_line():
    assert [GDAS().temperature(epoch, 4) for epoch in range(4)] == pytest.approx([10, 6.7, 3.4, 0.1])
    assert GDAS(2.0, 1.0).temperature(0, 1) == 2.0


@pytest.mark.parametrize("name", ["temperature", "last"])
def test_temperatures_are_above_zero(name):
    with pytest.raises(NasreidError, match=f"{name} is 0; expected a number above 0"):
        GDAS(**{name: 0})
