"""Plain networks: any backbone by its class, trained and compared like what was searched."""

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built
from nasreid.network.catalogue import genotype
from nasreid.network.cost import cost
from nasreid.plugins import construct
from nasreid.spaces.plain import Plain
from nasreid.spaces.plain_ibn import IBN
from nasreid.spaces.plain_published import NAMES
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search

SMALL = {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}


class Net(nn.Module):
    """No `width`, no `maps`: a BatchNorm that would remember what it saw."""

    def __init__(self, channels: int = 6, flat: bool = False):
        super().__init__()
        self.conv, self.bn, self.flat = nn.Conv2d(3, channels, 3, 4), nn.BatchNorm2d(channels), flat

    def forward(self, images):
        maps = self.bn(self.conv(images))
        return maps.mean((2, 3)) if self.flat else maps


def test_a_backbone_of_somebody_else_becomes_a_network_without_decisions():
    network = built(Genotype("Plain", {"network": f"{__file__}:Net"}, {}), space=f"{__file__}:Net")
    assert (decisions(network.space), network.space.width) == ({}, 6)
    assert network.vectors(torch.zeros(2, 3, 32, 16)).shape == (2, 6)
    fresh = construct(Plain, {"network": f"{__file__}:Net"}).network
    assert not fresh.bn.running_mean.any()
    assert fresh.training


@pytest.mark.parametrize(("arguments", "words"), [
    ({"network": f"{__file__}:Net", "network_args": {"flat": True}}, r"makes shape \(2, 6\) of two images"),
    ({"network": "ResNet50"}, "network 'ResNet50': expected module:Class"),
    ({"network": "nasreid.spaces.msi:MSI"}, "and no SearchSpace, which is one already"),
    ({"network": "nasreid.errors:NasreidError"}, "expected a torch.nn.Module"),
    ({"network": f"{__file__}:Net", "network_args": {"chanels": 3}}, "no argument 'chanels'.*did you mean 'channels'")])
def test_what_is_no_backbone_is_refused(arguments, words):
    with pytest.raises(NasreidError, match=words):
        construct(Plain, arguments)


@pytest.mark.parametrize("name", ["resnet50", "resnet-ibn"])
def test_known_networks_have_names_and_their_parameters(name):
    found = cost(built(genotype(name)).space, 256, 128)
    assert (found.parameters, found.multiply_adds) == (23_508_032, 4_053_270_528)


def test_half_of_the_channels_of_a_block_are_normalised_by_instance_but_in_the_last_stage():
    network = built(genotype("resnet-ibn"), network_args=SMALL).space
    mixed = {path for path, module in network.named_modules() if isinstance(module, IBN)}
    assert mixed == {f"network.layer{stage}.0.bn1" for stage in (1, 2, 3)}
    x = 3 * torch.randn(2, 8, 5, 4) + 1
    made = IBN(8).eval()(x)
    torch.testing.assert_close(made[:, :4].mean((2, 3)), torch.zeros(2, 4), atol=1e-6, rtol=0)
    torch.testing.assert_close(made[:, 4:], x[:, 4:], atol=1e-3, rtol=1e-3)


def test_a_network_of_timm_without_timm_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "timm", None)
    assert {"mobilenetv2", "vit-small"} <= set(NAMES)
    with pytest.raises(NasreidError, match=r"expected pip install 'nasreid\[timm\]', or a network of ours"):
        built(genotype("mobilenetv2"))


def test_there_is_nothing_to_search(frame_of_people):
    run = Search("Plain", {"network_args": SMALL}, "CEDarts", budget=Budget(1, 2, 2),
                 engine=Engine(device="cpu", quiet=True))
    with pytest.raises(NasreidError, match="space Plain has no open decision"):
        run.search(frame_of_people)


@pytest.fixture
def frame_of_people(people):
    from nasreid.data.datasets import read

    return read("market1501", people)
