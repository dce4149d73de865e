"""The network inherits what the supernet learned for the chosen candidates."""

import pytest
import torch
from torch import nn

from nasreid.experiments.laws.samples import Samples
from nasreid.experiments.laws.spaces import check_inheritance
from nasreid.genotype import Genotype
from nasreid.mutation import decisions, freeze, relax
from nasreid.network.build import built, inheritance
from nasreid.network.inherit import Inheritance
from nasreid.network.network import with_neck
from nasreid.network.weights import load_matching, save_weights
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace, choice
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.fixed import Fixed
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.msi import MSI
from nasreid.training.engine import Engine
from nasreid.training.retrain import Retrain

NARROW = {"width_multiplier": 0.125}
RESNET = {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}
IMAGES = torch.randn(4, 3, 32, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class Toy(SearchSpace):
    """One choice, one inside a candidate, one candidate that is a choice, one label in two places, a shared block."""

    def __init__(self, kind: str):
        super().__init__()
        self.width = 4
        self.stem = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.body = {"one": self._one, "nested": self._nested, "direct": self._direct, "twice": self._twice,
                     "depth": self._depth}[kind]()

    def _one(self, label="op"):
        return choice(label, {"conv": nn.Conv2d(4, 4, 3, padding=1), "norm": nn.BatchNorm2d(4), "skip": nn.Identity()})

    def _nested(self):
        return choice("block", {"conv": nn.Sequential(nn.Conv2d(4, 4, 1), self._one()), "skip": nn.Identity()})

    def _direct(self):
        return choice("block", {"other": nn.Conv2d(4, 4, 1), "op": self._one()})

    def _twice(self):
        return nn.Sequential(self._one(), nn.ReLU(), self._one())

    def _depth(self):
        first, second = (nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)) for _ in range(2))
        return choice("depth", {"one": first, "two": nn.Sequential(first, second)})

    def maps(self, images, modality=None):
        return self.body(self.stem(images))


SPACES = {
    "MSI": lambda: MSI(**NARROW),
    "InPlacement": lambda: InPlacement(**NARROW, streams=1),
    "InPlacement shared": lambda: InPlacement(**NARROW, streams=1, shared=True),
    "BNSeparation": lambda: BNSeparation(inner_args=RESNET),
    "BNSeparation MSI": lambda: BNSeparation("MSI", NARROW),
    "BNSeparation InPlacement": lambda: BNSeparation("InPlacement", {**NARROW, "streams": 1}),
    "Fixed": lambda: Fixed("MSI", NARROW, {"cell[1-4].*": "attention"}),
    **{kind: lambda kind=kind: Toy(kind) for kind in ("one", "nested", "direct", "twice", "depth")},
    "BNSeparation depth": lambda: BNSeparation(f"{__file__}:Toy", {"kind": "depth"}),
    "BNSeparation nested": lambda: BNSeparation(f"{__file__}:Toy", {"kind": "nested"}),
}


@pytest.mark.parametrize("name", SPACES)
def test_the_frozen_supernet_and_its_heir_are_equal(name):
    assert check_inheritance(Samples(SPACES[name])) is None


def test_a_supernet_s_names_become_the_network_s():
    names = Inheritance({"a": "first", "a.x.b": "second"}, {"first": "x", "second": "y"})
    assert [names.name(name) for name in ("a.x.conv.weight", "a.x.b.y.weight", "a.x.b.z.weight", "a.w.weight",
                                          "a._arch_alpha", "stem.a.x")] == [
        "a.conv.weight", "a.b.weight", None, None, None, "stem.a.x"]
    assert names.chosen() == {"a": "first=x", "a.b": "second=y"}


def supernet(tmp_path, make, backbone_alone=False):
    """The file of a search, and the open space's network that it is of."""
    network = with_neck(make(), "bnneck")
    relax(network.space, Softmax())
    with torch.no_grad():
        for value in network.parameters():
            value += 0.1 * torch.rand_like(value)
    save_weights(network.space if backbone_alone else network, tmp_path / "supernet.safetensors")
    return network


@pytest.mark.parametrize("backbone_alone", [False, True])
def test_a_supernet_s_file_fills_every_chosen_candidate(tmp_path, backbone_alone):
    source = supernet(tmp_path, lambda: MSI(**NARROW), backbone_alone)
    names = ("attention", "gate")
    genotype = Genotype("MSI", NARROW, {f"cell{c}.interaction{i}": names[i - 1] for c in range(1, 7) for i in (1, 2)})
    network = built(genotype, "bnneck")
    report = load_matching(network, tmp_path / "supernet.safetensors", inheritance(genotype))
    assert (report.nothing_for, report.unexpected, report.other_shape) == ([], [], [])
    assert [name for name in report.missing if not name.startswith("neck.")] == []
    assert "space.cell1.interaction1.gamma" in report.matched
    assert any(name.endswith("_arch_alpha") for name in report.not_chosen)
    frozen = freeze(source.space, genotype.choices).eval()
    assert torch.equal(network.space.eval()(IMAGES.float()), frozen(IMAGES.float()))


def test_a_narrower_supernet_is_reported_and_its_heir_named(tmp_path):
    supernet(tmp_path, lambda: MSI(**NARROW, bottleneck="in"))
    genotype = Genotype("MSI", {**NARROW, "bottleneck": "in"}, dict.fromkeys(decisions(MSI(**NARROW)), "gate"))
    network = built(genotype, "bnneck", bottleneck="out")
    report = load_matching(network, tmp_path / "supernet.safetensors", inheritance(genotype, bottleneck="out"))
    assert "space.cell1.reduce_a.conv.weight" in report.other_shape
    assert "space.cell1.interaction1.squeeze.weight" in report.other_shape


def test_a_chosen_candidate_that_gets_nothing_is_named(tmp_path):
    network = supernet(tmp_path, lambda: MSI(**NARROW, operations=["none", "attention"]))
    choices = {**dict.fromkeys(decisions(MSI(**NARROW)), "none"), "cell2.interaction1": "gate"}
    genotype = Genotype("MSI", NARROW, choices)
    report = load_matching(built(genotype), tmp_path / "supernet.safetensors", inheritance(genotype))
    assert report.nothing_for == ["cell2.interaction1=gate"]
    assert "nothing for  1 (cell2.interaction1=gate)" in str(report)
    assert network is not None


def test_a_network_s_own_file_loads_as_it_is(tmp_path):
    genotype = Genotype(f"{__file__}:Toy", {"kind": "nested"}, {"block": "conv", "op": "conv"})
    source, target = (built(genotype, space=genotype.space, seed=seed) for seed in (1, 2))
    save_weights(source, tmp_path / "network.safetensors")
    report = load_matching(target, tmp_path / "network.safetensors", inheritance(genotype, genotype.space))
    assert (report.missing, report.unexpected, report.not_chosen, report.nothing_for) == ([], [], [], [])
    assert all(torch.equal(value, target.state_dict()[name]) for name, value in source.state_dict().items())


def test_a_retraining_starts_from_what_the_search_learned(tmp_path, capsys):
    source = supernet(tmp_path, lambda: MSI(**NARROW))
    genotype = Genotype("MSI", NARROW, dict.fromkeys(decisions(MSI(**NARROW)), "attention"))
    network = Retrain(genotype, init=str(tmp_path / "supernet.safetensors"), engine=Engine(device="cpu")).network()
    frozen = freeze(source.space, genotype.choices).eval()
    given = IMAGES.float().contiguous(memory_format=torch.channels_last)
    assert torch.allclose(network.space.eval()(given), frozen(IMAGES.float()), rtol=1e-4, atol=1e-5)
    assert "other shape  0\nnot chosen" in capsys.readouterr().err
