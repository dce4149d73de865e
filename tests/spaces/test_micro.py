"""The space of which every network has been trained."""

from __future__ import annotations

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.experiments.laws.spaces import check_space
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built
from nasreid.network.cost import cost
from nasreid.spaces.micro import OPERATIONS, ConvIN, Gated, Micro, Nothing

SLOTS = ["stage1.slot1", "stage1.slot2", "stage2.slot1", "stage2.slot2", "stage3.slot1"]


def test_five_slots_of_four_operations():
    assert decisions(Micro()) == {label: list(OPERATIONS) for label in SLOTS}
    assert list(decisions(Micro(slots=(0, 1), operations=("gate", "none")))) == ["stage2.slot1"]


def test_it_keeps_the_laws_of_a_space():
    check_space(lambda: Micro(8, (1, 0, 1)))


def test_maps_have_a_sixteenth_of_the_resolution_and_four_times_the_width():
    choices = dict.fromkeys(SLOTS, "conv3")
    network = built(Genotype("Micro", {}, choices)).eval()
    with torch.no_grad():
        assert network.space.maps(torch.zeros(2, 3, 64, 32)).shape == (2, 64, 4, 2)
    assert network.space.width == 64


@pytest.mark.parametrize(("name", "parameters"), [("none", 0), ("gate", 16 * 4 + 4 + 4 * 16 + 16),
                                                  ("conv3", 9 * 16 * 16 + 32), ("conv3-in", 9 * 16 * 16 + 32)])
def test_what_an_operation_costs(name, parameters):
    every = [cost(built(Genotype("Micro", {}, {**dict.fromkeys(SLOTS, "none"), SLOTS[0]: one})), 64, 32)
             for one in ("none", name)]
    assert every[1].parameters - every[0].parameters == parameters


def test_operations_do_what_their_names_say():
    x = torch.randn(2, 8, 6, 4, generator=torch.Generator().manual_seed(0))
    assert not Nothing()(x).any()
    gated = Gated(8)(x) / x
    assert torch.allclose(gated, gated[:, :, :1, :1].expand_as(x), atol=1e-4)  # one factor a channel
    assert ((gated > 0) & (gated < 1)).all()
    normal = ConvIN(8)(x)
    assert torch.allclose(normal.mean((2, 3)), torch.zeros(2, 8), atol=1e-5)
    assert torch.allclose(normal.var((2, 3), correction=0), torch.ones(2, 8), atol=1e-2)


@pytest.mark.parametrize(("options", "words"), [
    ({"width": 6}, "width 6: expected a positive multiple of 4"), ({"slots": (0, 0)}, "at least one in all"),
    ({"slots": (1, -1)}, "expected the number of slots"),
    ({"operations": ("conv5",)}, "expected a choice of none, gate")])
def test_what_it_cannot_be_is_refused(options, words):
    with pytest.raises(NasreidError, match=words):
        Micro(**options)
