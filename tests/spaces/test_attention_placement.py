"""Attention after each stage of ResNet-50."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built
from nasreid.network.catalogue import genotype
from nasreid.network.cost import cost
from nasreid.spaces.attention_placement import AttentionPlacement
from nasreid.spaces.attention_placement_published import ATTENTIONS, EVERY, LABELS, NAMES, named
from nasreid.spaces.resnet import ResNet50

SMALL = {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}


def test_there_are_four_slots_of_four_or_five_attentions():
    assert decisions(AttentionPlacement(**SMALL)) == {label: list(ATTENTIONS) for label in LABELS}
    assert decisions(AttentionPlacement(EVERY, **SMALL)) == {label: list(EVERY) for label in LABELS}


def test_without_attention_it_is_resnet_50_with_the_names_of_its_weights():
    arguments = {**SMALL, "attentions": ["none"]}
    plain = built(Genotype("AttentionPlacement", arguments, dict.fromkeys(LABELS, "none"))).eval()
    known = ResNet50(0.0625, depths=(1, 1, 1, 1)).eval()
    known.load_state_dict(plain.space.state_dict())
    images = torch.randn(2, 3, 64, 32, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(plain.space.maps(images), known.maps(images))
    assert plain.space.maps(images).shape == (2, 128, 4, 2)


@pytest.mark.parametrize(("name", "more"), [
    ("none", 0), ("spatial", 4 * (2 * 49 + 2)),
    # of each stage's width C: C/16 hidden units, biases
    ("se", sum(2 * c * (c // 16) + c // 16 + c for c in (256, 512, 1024, 2048))),
    # query, key, value C -> C/2 with biases, then back without, and a BatchNorm
    ("self", sum(4 * c * (c // 2) + 3 * (c // 2) + 2 * c for c in (256, 512, 1024, 2048)))])
def test_what_an_attention_costs(name, more):
    assert cost(built(genotype(f"attention-{name}")).space, 64, 32).parameters == 23_508_032 + more


def test_cbam_gates_channels_and_then_positions():
    space = built(genotype("attention-cbam"), width_multiplier=0.0625, depths=[1, 1, 1, 1]).eval().space
    assert isinstance(space, AttentionPlacement)
    cbam, x = space.attentions[0], torch.rand(2, 16, 6, 4) + 0.1
    gates = cbam(x) / x
    positions = gates[:, :1] / gates[:, :1, :1, :1]
    torch.testing.assert_close(gates, gates[:, :, :1, :1] * positions, atol=1e-5, rtol=1e-4)
    assert bool(((gates > 0) & (gates < 1)).all())


def test_self_attention_moves_what_it_sees_whatever_the_place():
    from nasreid.spaces.attention_placement_blocks import SelfAttention

    torch.manual_seed(0)
    attend, x = SelfAttention(8).eval(), torch.randn(1, 8, 4, 4)
    turned = torch.roll(x, (2, 2), (2, 3))  # by the size of the pooling: keys and values move as a whole
    torch.testing.assert_close(torch.roll(attend(x), (2, 2), (2, 3)), attend(turned))
    assert not torch.allclose(attend(x), x)
    assert attend(torch.randn(1, 8, 1, 3)).shape == (1, 8, 1, 3)


def test_hand_made_networks_have_names():
    assert tuple(f"attention-{name}" for name in EVERY) == NAMES
    assert named("attention") is None


@pytest.mark.parametrize("attentions", [["se", "se"], [], ["other"]])
def test_other_attentions_are_refused(attentions):
    with pytest.raises(NasreidError, match="expected a choice of se, spatial, cbam, self, none, each once"):
        AttentionPlacement(attentions, **SMALL)
