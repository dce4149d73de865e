"""Limits of what an architecture may cost."""

import pytest

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.mutation import decisions
from nasreid.network.build import built, open_space
from nasreid.network.cost import Cost, cost
from nasreid.training.limits import Limits, refusal


@pytest.mark.parametrize(("limits", "words"), [
    (Limits(), None), (Limits(at_most_parameters=10), None), (Limits(9), "10 parameters where 9"),
    (Limits(None, 1999), "2,000 multiply-adds where 1,999"), (Limits(10, 2000), None)])
def test_what_breaks_a_limit_is_said(limits, words):
    found = limits.broken_by(Cost(10, 2000))
    assert (found is None) if words is None else (found is not None and words in found)


def test_an_architecture_is_refused_by_the_cost_of_its_network():
    names = list(decisions(open_space("Micro", {})))
    cheap, dear = dict.fromkeys(names, "none"), dict.fromkeys(names, "conv3")
    least = cost(built(Genotype("Micro", {}, cheap)), 64, 32).multiply_adds
    refuse = refusal(Limits(at_most_multiply_adds=least), lambda: open_space("Micro", {}), "bnneck", 64, 32)
    assert refuse is not None
    assert refuse(cheap) is None
    assert f"multiply-adds where {least:,} are allowed" in (refuse(dear) or "")


def test_without_limits_nothing_is_built():
    assert refusal(Limits(), lambda: pytest.fail("built"), "bnneck", 64, 32) is None


def test_a_limit_below_one_is_refused():
    with pytest.raises(NasreidError, match="at_most_parameters is 0"):
        Limits(0)
