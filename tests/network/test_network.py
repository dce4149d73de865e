"""Which neck a network gets."""

import pytest

from nasreid.errors import NasreidError
from nasreid.network.necks import BNNeck, FCNeck, TwoFeatureNeck
from nasreid.network.network import with_neck
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.msi import MSI
from tests.spaces_for_tests import Tiny

SMALL = {"width_multiplier": 0.125}


@pytest.mark.parametrize(("make", "neck"), [
    (Tiny, BNNeck), (lambda: MSI(**SMALL), TwoFeatureNeck), (lambda: InPlacement(**SMALL), FCNeck)])
def test_a_space_says_which_neck_suits_it(make, neck):
    assert type(with_neck(make()).neck) is neck


@pytest.mark.parametrize(("name", "neck"), [("bnneck", BNNeck), ("two-feature", TwoFeatureNeck), ("fc", FCNeck)])
def test_another_neck_can_be_named(name, neck):
    assert type(with_neck(MSI(**SMALL), name).neck) is neck


@pytest.mark.parametrize(("name", "words"), [
    ("two-feature", "'two-feature' reads maps in the middle, which Tiny has not"),
    ("bn", "neck 'bn': expected auto, bnneck, two-feature")])
def test_a_neck_that_does_not_fit_is_named(name, words):
    with pytest.raises(NasreidError, match=words):
        with_neck(Tiny(), name)
