"""Which neck a network gets."""

from pathlib import Path

import pytest
import torch

from nasreid.batch import Embedding
from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze
from nasreid.network.necks import BNNeck, FCNeck, Neck, TwoFeatureNeck
from nasreid.network.network import Network, with_neck
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.fixed import Fixed
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.msi import MSI
from tests.spaces_for_tests import Tiny

HERE = Path(__file__).parents[1]
SMALL = {"width_multiplier": 0.125}
RESNET = {"inner_args": {"width_multiplier": 0.0625, "depths": [1, 1, 1, 1]}}


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


@pytest.mark.parametrize("make", [
    lambda: Fixed(f"{HERE / 'spaces_for_tests.py'}:Tiny", {}, {"block1": "skip"}), lambda: BNSeparation(**RESNET)])
def test_a_second_feature_of_a_space_without_a_middle_is_refused(make):
    space = make()
    with pytest.raises(NasreidError, match=f"reads maps in the middle, which {type(space).__name__} has not"):
        with_neck(space, "two-feature")
    with pytest.raises(NasreidError, match="neck 'TwoFeatureNeck' reads maps in the middle"):
        Network(space, TwoFeatureNeck(space.width, 8))
    with pytest.raises(NasreidError, match="cannot be tapped in the middle"):
        space.tapped(torch.zeros(1, 3, 8, 8))


def test_images_too_small_for_two_halves_are_refused():
    with pytest.raises(NasreidError, match="halves maps of 1 row; expected higher images, or the neck bnneck"):
        with_neck(freeze(MSI(**SMALL), dict.fromkeys(decisions(MSI(**SMALL)), "none")), "two-feature").eval()(
            torch.rand(2, 3, 16, 16))


def test_spaces_around_others_are_tapped_where_those_are():
    inner = MSI(**SMALL)
    choices = dict.fromkeys(decisions(inner), "none")
    spaces = [freeze(inner, choices), freeze(Fixed("MSI", SMALL, {"*": "none"}), {})]
    around = BNSeparation("MSI", SMALL)
    spaces.append(freeze(around, {label: choices.get(label, "separate") for label in decisions(around)}))
    images, modality = torch.randn(4, 3, 64, 32), torch.tensor([True, False, True, False])
    for space in spaces:
        middle, maps = space.eval().tapped(images, modality)
        assert middle.shape == (4, space.middle_width, 4, 2)
        assert torch.equal(maps, space.maps(images, modality))
        local = with_neck(space, "two-feature").eval()(images, modality).local
        assert local is not None
        assert local.vectors.shape == (4, 256)


class Third(Neck):
    """A third party's neck."""

    features = ((8, 8),)

    def forward(self, maps, middle=None):
        vectors = maps.amax((2, 3))
        return Embedding(vectors, vectors, maps)


def test_a_third_party_s_neck_gets_the_maps():
    space = freeze(Tiny(blocks=0), {})
    assert Network(space, Third()).vectors(torch.randn(2, 3, 16, 8)).shape == (2, 8)
