"""Published networks of the IN placement space: their choices and their sizes."""

import pytest

from nasreid.errors import NasreidError
from nasreid.mutation import freeze
from nasreid.network.cost import cost
from nasreid.network.network import with_neck
from nasreid.space import SearchSpace
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.in_placement_published import LABELS, choices_of, named


# parameters with the head, multiply-adds of an image of 256 x 128 (paper: 2.2 M and 978.9 M)
@pytest.mark.parametrize(("name", "scale", "parameters", "multiply_adds"), [
    ("osnet", 1.0, 2_169_508, 978_875_392), ("osnet", 0.75, 1_285_754, 571_752_192),
    ("osnet", 0.5, 630_034, 272_899_328), ("osnet", 0.25, 201_864, 82_314_880),
    ("osnet-ibn", 1.0, 2_170_532, 978_875_392), ("osnet-ain", 1.0, 2_169_508, 978_875_392),
    ("osnet-ain", 0.25, 201_864, 82_314_880)])
def test_sizes_are_the_published_ones(name, scale, parameters, multiply_adds):
    arguments, choices = named(name)
    frozen = freeze(InPlacement(**arguments, width_multiplier=scale, shared=True), choices)
    assert isinstance(frozen, SearchSpace)
    size = cost(with_neck(frozen, "fc"), 256, 128)
    assert (size.parameters, size.multiply_adds) == (parameters, multiply_adds)


def test_the_labels_are_those_of_the_space():
    assert tuple(named("osnet")[1]) == LABELS


@pytest.mark.parametrize("placements", [("in",) * 5, ("in",) * 5 + ("inn",)])
def test_wrong_placements_are_refused(placements):
    with pytest.raises(NasreidError, match="expected 6 of plain, in, out, in-out"):
        choices_of(placements)
