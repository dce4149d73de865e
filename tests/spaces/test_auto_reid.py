"""Auto-ReID's space: how many networks there are, what a cell is, and what is decided once for many layers."""

import numpy as np
import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions, freeze, within
from nasreid.network.build import built
from nasreid.pictures.diagram.sketch import sketch_of
from nasreid.spaces.auto_reid import AutoReID, Both
from nasreid.spaces.auto_reid_operations import OPERATIONS, Halved

SMALL = {"width_multiplier": 0.0625, "depths": (1, 1), "nodes": 2}
KINDS = ("normal", "reduction")


def everywhere(name, nodes=4):
    """The last two inputs of each node, all by one operation."""
    sets = {f"{kind}.node{n}.inputs": f"{n - 1}+{n}" for kind in KINDS for n in range(2, nodes + 1)}
    return sets | {f"{kind}.node{n}.input{at}": name for kind in KINDS for n in range(1, nodes + 1)
                   for at in (n - 1, n)}


@pytest.fixture(scope="module")
def small():
    return AutoReID(**SMALL)


def test_the_space_has_as_many_networks_as_it_says():
    known = decisions(AutoReID(width_multiplier=0.0625, depths=(1, 1)))
    assert known.count() == (1 * 3 * 6 * 10 * 7**8) ** 2 == 1_076_746_950_455_072_400
    assert len(known) == 2 * (14 + 3)
    assert all(names == list(OPERATIONS) for label, names in known.items() if not label.endswith("inputs"))


def test_an_edge_that_is_not_taken_has_no_operation(small):
    known = decisions(small)
    assert known.ways["normal.node2.input0"] == [{"normal.node2.inputs": frozenset({"0+1", "0+2"})}]
    assert set(known) - set(known.ways) == {f"{kind}.{rest}" for kind in KINDS for rest in (
        "node1.input0", "node1.input1", "node2.inputs")}
    with pytest.raises(NasreidError, match=r"choice 'normal\.node2\.input0' is 'sep3', but there is no such decision"):
        freeze(small, {**everywhere("sep3", 2), "normal.node2.input0": "sep3"})


def test_all_cells_of_a_kind_are_alike():
    with torch.device("meta"), within(everywhere("dil3", 2)):
        network = AutoReID(width_multiplier=0.0625, nodes=2)
    parts = [[type(part).__name__ for part in cell.nodes.modules()] for cell in network.cells]
    normal, halving = parts[1::2], parts[2::2]
    assert normal[1:] == normal[:-1] == [parts[0]] * 3
    assert halving[1:] == halving[:-1]
    strides = [cell.nodes[0].first[1].stride for cell in network.cells]
    assert strides == [(1, 1), (1, 1), *[(2, 2), (1, 1)] * 3]


def test_the_outline_is_resnets():
    with torch.device("meta"), within(everywhere("sep3")):
        network = AutoReID()
    assert network.width == 2048
    assert [cell.second.conv.out_channels for cell in network.cells] == [64, 64, 128, 128, 256, 256, 512, 512]
    assert sum(parameter.numel() for parameter in network.parameters()) == 14_965_568


@pytest.mark.parametrize(("options", "size"), [({}, (16, 4, 2)), ({"last_stride": 1}, (16, 8, 4)),
                                               ({"depths": (2,)}, (8, 8, 4))])
def test_maps_have_the_resolution_of_the_last_stage(options, size):
    space = AutoReID(**{**SMALL, "depths": (1, 2), **options})
    choices = decisions(space).draw(np.random.default_rng(0))
    assert freeze(space, choices)(torch.zeros(2, 3, 32, 16)).shape == (2, *size)


def test_a_cell_sums_its_edges_and_joins_its_nodes(small):
    cell = freeze(small, everywhere("max3", 2)).eval().cells[0]
    assert isinstance(cell.nodes[0], Both)
    before, last = torch.randn(2, 2, 4, 6, 4)
    one, two = cell.first(before), cell.second(last)
    first = cell.nodes[0](one, two)
    pool = cell.nodes[1].get_submodule("2")
    torch.testing.assert_close(cell(before, last), torch.cat([first, cell.nodes[1].get_submodule("1")(two)
                                                              + pool(first)], 1))


def test_a_halved_resolution_keeps_half_of_the_channels_of_each_place():
    made, x = Halved(4, 4).eval(), torch.rand(1, 4, 5, 4)
    for layer in (made.even, made.odd):
        layer.weight.data = torch.eye(4)[:2, :, None, None]
    halved = made(x)
    assert halved.shape == (1, 4, 3, 2)
    torch.testing.assert_close(halved[:, :2], x[:, :2, ::2, ::2], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(halved[:, 2:, :2], x[:, :2, 1::2, 1::2], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("options", "words"), [
    ({"operations": ("sep3", "sep3")}, "expected a choice of max3, avg3, skip, sep3, dil3, part, none, each once"),
    ({"operations": ("sep5",)}, r"operations \['sep5'\]"), ({"depths": ()}, r"depths \[\]: expected the number"),
    ({"depths": (1, 0)}, r"depths \[1, 0\]"), ({"nodes": 0}, "nodes=0"), ({"last_stride": 3}, "last_stride=3"),
    ({"width_multiplier": 0}, "expected a number above 0, 1 to 8, and 1 or 2"), ({"parts": 0}, "parts 0")])
def test_what_it_cannot_be_is_refused(options, words):
    with pytest.raises(NasreidError, match=words):
        AutoReID(**options)


def test_the_picture_is_of_these_cells_alone():
    choices = everywhere("part")
    assert sketch_of("AutoReID", {}, choices) is not None
    assert sketch_of("AutoReID", {}, {**choices, "normal.node2.inputs": "0+1"}) is None
    assert sketch_of("AutoReID", {}, {"other": "part"}) is None
    assert sketch_of("AutoReID", {"nodes": 2}, everywhere("part", 2)) is not None


def test_a_genotype_builds_a_network(small):
    choices = decisions(small).draw(np.random.default_rng(1))
    arguments = {**SMALL, "depths": [1, 1]}
    network = built(Genotype("AutoReID", arguments, choices)).eval()
    assert network.vectors(torch.zeros(2, 3, 32, 16)).shape == (2, network.space.width)
