import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.network import limits
from nasreid.network.build import built, open_space
from nasreid.network.catalogue import genotype
from nasreid.network.necks import BNNeck


@pytest.mark.parametrize("multiplier", [1e9, 50.0, float("inf")])
def test_a_network_that_fits_no_memory_is_refused_by_the_limit(multiplier):
    with pytest.raises(NasreidError, match=r"space 'MSI' with .*; expected at most 1,000,000,000: a smaller width"):
        open_space("MSI", {"width_multiplier": multiplier})


def test_weights_are_counted_before_they_are_filled(monkeypatch):
    monkeypatch.setattr(limits, "MOST", 100)
    filled = []
    monkeypatch.setattr(nn.Linear, "reset_parameters", lambda self: filled.append(self.weight.numel()))
    with limits.limited("mine"):
        nn.Linear(9, 10)
    refused = pytest.raises(NasreidError, match="'mine' with these arguments has 180 weights and more")
    with refused, limits.limited("mine"):
        nn.Sequential(nn.Linear(9, 10, bias=False), nn.Linear(9, 10, bias=False))
    assert filled == [90, 90]
    nn.Linear(20, 20)  # outside nothing is counted


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match="shapes"), limits.limited("mine"):
        raise RuntimeError("shapes differ")
    with pytest.raises(RuntimeError, match="shapes"), limits.large_enough(torch.zeros(1, 3, 8, 8)):
        raise RuntimeError("shapes differ")


@pytest.mark.parametrize(("height", "width"), [(1, 1), (8, 8), (16, 8)])
def test_pictures_that_leave_no_pixel_are_named(height, width):
    network = built(genotype("msinet"), width_multiplier=0.125).eval()
    said = f"2 images of height {height} and width {width} are too small for this network: .*; expected more pixels"
    with pytest.raises(NasreidError, match=said):
        network(torch.zeros(2, 3, height, width))


def test_one_image_is_too_few_for_the_norm_of_a_neck():
    neck = BNNeck(4).train()
    refused = pytest.raises(NasreidError, match=r"1 images of height 8 and width 4 .*or a larger batch")
    with refused, limits.large_enough(torch.zeros(1, 3, 8, 4)):
        neck(torch.zeros(1, 4, 1, 1))
