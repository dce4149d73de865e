"""The combined depth space: counts, blocks, and what its candidates are."""

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built
from nasreid.network.catalogue import genotype
from nasreid.network.cost import cost
from nasreid.spaces.cds import CDS, CBlock, blocks
from nasreid.spaces.cds_published import LABELS, choices_of, named, operations, sizes_of

SMALL = {"width_multiplier": 0.0625}


def test_there_are_twelve_to_the_sixth_networks():
    assert decisions(CDS(**SMALL)) == {label: list(operations()) for label in LABELS}
    assert len(list(operations())) == 12


def test_cdnet_has_the_parameters_and_multiply_adds_of_the_paper_without_its_neck():
    found = cost(built(genotype("cdnet")).space, 256, 128)
    assert (found.parameters, found.multiply_adds) == (1_747_448, 948_771_840)


def test_cdnet_is_the_published_genotype():
    assert named("cdnet") == ({}, choices_of(("3-5-1", "3-7-2", "5-7-2", "5-9-1", "5-7-2", "5-7-1")))
    assert named("cdnet2") is None


def test_maps_have_a_sixteenth_of_the_resolution():
    network = built(Genotype("CDS", SMALL, choices_of(("3-5-1",) * 6))).eval()
    with torch.no_grad():
        assert network.space.maps(torch.zeros(2, 3, 64, 32)).shape == (2, 32, 4, 2)
    assert network.space.width == 32


@pytest.mark.parametrize(("operation", "lights", "number"), [("3-5-1", (1, 2), 1), ("7-9-2", (3, 4), 2),
                                                             ("5-9-2", (2, 4), 2)])
def test_branches_have_a_light_convolution_for_each_step_of_their_field(operation, lights, number):
    made = blocks(operation, 16, 32)
    assert len(made) == number
    for block in made:
        assert isinstance(block, CBlock)
        assert (len(block.first), len(block.second)) == lights


def test_one_gate_serves_both_branches():
    torch.manual_seed(0)
    block = CBlock(32, 32, 3, 3).eval()
    block.second.load_state_dict(block.first.state_dict())
    x = torch.randn(2, 32, 6, 4)
    branch = block.first(block.reduce(x))
    gate = block.gate(branch.mean((2, 3), keepdim=True))
    expected = (block.expand(2 * gate * branch) + x).relu()
    torch.testing.assert_close(block(x), expected)
    assert (block.gate.squeeze.out_channels, block.gate.squeeze.bias is not None) == (2, True)


@pytest.mark.parametrize("operation", ["3-5", "3-5-3", "9-3-1", "", "a-b-c"])
def test_an_operation_of_another_space_is_refused(operation):
    with pytest.raises(NasreidError, match=f"operation '{operation}'.*: expected one of 3-5-1"):
        sizes_of(operation)


@pytest.mark.parametrize(("options", "words"), [
    ({"widths": (64, 256, 384)}, "expected four positive multiples of 16"), ({"width_multiplier": 0}, "above 0"),
    ({"operations": ()}, "expected at least one"), ({"operations": ("3-5-1", "3-5-1")}, "each once"),
    ({"operations": ("3-4-1",)}, "operation '3-4-1'")])
def test_what_it_cannot_be_is_refused(options, words):
    with pytest.raises(NasreidError, match=words):
        CDS(**options)
