"""Two moments of an object."""

import numpy as np
import pytest
import torch

from nasreid.experiments.laws.states import state_of
from nasreid.optimisers import ArchitectureOptimiser


class Part:
    def __init__(self):
        self.count, self.weights, self.rng = 0, torch.zeros(2), np.random.default_rng(0)
        self.names, self.inner, self.own = {"a": [1]}, ArchitectureOptimiser(), self


@pytest.mark.parametrize("change", [
    lambda part: setattr(part, "count", 1), lambda part: part.weights.add_(1), lambda part: part.rng.random(),
    lambda part: part.names["a"].append(2), lambda part: setattr(part, "inner", ArchitectureOptimiser(0.1)),
])
def test_a_change_at_any_depth_is_seen(change):
    part = Part()
    before = state_of(part)
    assert state_of(part) == before
    change(part)
    assert state_of(part) != before
