"""Zero-cost proxies: what they are on networks small enough to compute by hand, and that they leave no trace."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.proxies import BASELINES, PROXIES, grad_norm, naswot, snip, synflow, values, worth
from nasreid.experiments.truth import Truth
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.network import with_neck
from nasreid.space import SearchSpace

SMALL = {"width": 8, "slots": [1]}
ARCHITECTURES = [{"stage1.slot1": name} for name in ("none", "gate", "conv3", "conv3-in")]
IMAGES = torch.randn(8, 3, 16, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class Line(SearchSpace):
    """One 1x1 convolution, and a ReLU if asked for."""

    def __init__(self, relu: bool = False):
        super().__init__()
        self.width, self.relu = 2, relu
        self.conv = nn.Conv2d(3, 2, 1, bias=False)

    def maps(self, images, modality=None):
        made = self.conv(images)
        return made.relu_() if self.relu else made


def line(relu=False):
    torch.manual_seed(0)
    return with_neck(Line(relu), "bnneck").double()  # pyright: ignore[reportArgumentType]


def test_synflow_of_one_layer_is_the_sum_of_its_absolute_weights_for_each_position():
    network = line()
    weights = network.space.conv.weight
    assert synflow(network, IMAGES) == pytest.approx(weights.detach().abs().sum().item() * 16 * 8)


def test_naswot_counts_units_that_agree():
    network = line(relu=True)
    on = (network.space.conv(IMAGES) > 0).flatten(1).double()
    kernel = torch.tensor([[float((a == b).sum()) for b in on] for a in on], dtype=torch.float64)
    assert naswot(network, IMAGES) == pytest.approx(float(torch.linalg.slogdet(kernel).logabsdet))
    with pytest.raises(NasreidError, match="naswot sees no ReLU"):
        naswot(line(), IMAGES)


def test_snip_and_the_norm_of_the_gradient_grow_with_the_weights():
    network = line()
    one = snip(network, IMAGES), grad_norm(network, IMAGES)
    with torch.no_grad():
        network.space.conv.weight.mul_(0.01)
    assert 0 < snip(network, IMAGES) < 0.1 * one[0]
    assert grad_norm(network, IMAGES) > 0


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_is_finite_repeats_and_leaves_no_trace(name):
    network = built(Genotype("Micro", SMALL, ARCHITECTURES[2])).double()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    one, two = (PROXIES[name](network, IMAGES) for _ in range(2))
    assert one == two
    assert math.isfinite(one)
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert all(weight.grad is None for weight in network.parameters())


def test_a_table_has_the_baselines_beside_the_proxies():
    found = values("Micro", SMALL, ARCHITECTURES, 16, 8, images=4, quiet=True)
    assert list(found) == [*BASELINES, *PROXIES]
    assert found["parameters"].is_monotonic_increasing
    truth = Truth(("stage1.slot1",), np.array([list(row.values()) for row in ARCHITECTURES]), np.arange(4.0)[:, None])
    rated = worth(truth, "Micro", SMALL, True, height=16, width=8, images=4)
    assert rated["proxy"].tolist() == [*BASELINES, *PROXIES]
    assert rated["tau"].iloc[0] > 0.9


def test_a_proxy_that_is_no_number_is_named_with_its_architecture(monkeypatch):
    monkeypatch.setitem(PROXIES, "snip", lambda network, images: float("nan"))
    with pytest.raises(NasreidError, match="proxy snip of gate is nan; expected a finite number"):
        values("Micro", SMALL, ARCHITECTURES[1:2], 16, 8, quiet=True)
