from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.bn_separation_published import (
    LABELS,
    PUBLISHED,
    bits_of,
    choices_of,
    handmade,
    named,
    official_key,
    our_key,
    separation,
    streams,
    torchvision_key,
)
from nasreid.spaces.resnet import ResNet50

SMALL = {"width_multiplier": 0.0625}


@given(st.lists(st.integers(0, 1), min_size=53, max_size=53))
def test_bits_and_choices_are_one_another(bits):
    assert bits_of(choices_of(bits)) == "".join(map(str, bits))


def test_the_labels_are_those_of_the_space():
    assert set(LABELS) == set(decisions(BNSeparation(inner_args=SMALL)))


def test_there_are_195_handmade_architectures():
    found = handmade()
    kinds = Counter((name.partition(":")[0], name.count("+")) for name in found)
    assert kinds == {("one-stream", 0): 1, ("block", 0): 17, ("bn", 0): 17, ("block", 1): 80, ("bn", 1): 80}
    assert len(found) == 195
    assert {name: named(name) for name in found} == found


@pytest.mark.parametrize("name", [*PUBLISHED, *streams(), "block:s11", "bn:s11", "block:s11+s23", "bn:s41+s53"])
def test_a_named_genotype_makes_every_choice_of_its_space(name):
    arguments, choices = named(name)
    arguments["inner_args"] = {**arguments.get("inner_args", {}), **SMALL}
    space = BNSeparation(**arguments)
    assert set(choices) == set(decisions(space))
    images, infrared = torch.ones(2, 3, 32, 16), torch.tensor([False, True])
    with torch.no_grad():
        assert freeze(space, choices).eval()(images, infrared).shape == (2, 128, 2, 1)


def test_what_the_baselines_separate():
    kinds = {name: streams()[name] for name in streams()}
    early = {"conv1", "bn1", "layer1.0", "layer1.1", "layer1.2"}
    assert set(kinds["two-stream"][0]["separated"]) == early
    separate = {label for label, chosen in kinds["two-stream-bn"][1].items() if chosen == "separate"}
    assert separate == {label for label in LABELS if label == "bn1" or label.startswith("layer1.")}
    assert set(kinds["one-stream"][1].values()) == {"share"}
    space = BNSeparation(inner_args={**SMALL, "norm": "instance"})
    norms = {type(module) for module in space.modules() if "Norm" in type(module).__name__}
    assert norms == {nn.InstanceNorm2d}


def test_another_name_is_none():
    assert named("three-stream") is None
    assert named("cm-nas") is None


def test_wrong_bits_and_blocks_are_refused():
    with pytest.raises(NasreidError, match="expected 53"):
        choices_of("01")
    with pytest.raises(NasreidError, match="s99"):
        separation(["s99"])


@pytest.mark.parametrize("supernet", [False, True])
def test_names_go_to_the_official_ones_and_back(supernet):
    space = BNSeparation(inner_args=SMALL)
    network = Network(space if supernet else freeze(space, choices_of(PUBLISHED["cm-nas-sysu"])), BNNeck(space.width))
    for name in network.state_dict():
        plain = name
        if supernet:
            plain = name.replace("_candidates.", "")
        assert our_key(official_key(plain), supernet) == plain


def test_every_name_has_its_origin_in_torchvision():
    space = BNSeparation(inner_args=SMALL)
    network = freeze(space, choices_of(PUBLISHED["cm-nas-regdb"]))
    assert {torchvision_key(f"space.{name}") for name in network.state_dict()} == set(ResNet50(**SMALL).state_dict())
    arguments, choices = named("two-stream")
    network = freeze(BNSeparation(inner_args=SMALL, **arguments), choices)
    assert {torchvision_key(f"space.{name}") for name in network.state_dict()} == set(ResNet50(**SMALL).state_dict())
