import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze
from nasreid.network import BNNeck, Network
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.cmnas_genotypes import LABELS, PUBLISHED, bits_of, choices_of, handmade, separation, streams
from nasreid.spaces.cmnas_keys import official_key, our_key, torchvision_key
from nasreid.spaces.resnet import ResNet50

SMALL = {"width_multiplier": 0.0625}


@given(st.lists(st.integers(0, 1), min_size=53, max_size=53))
def test_bits_and_choices_are_one_another(bits):
    assert bits_of(choices_of(bits)) == "".join(map(str, bits))


def test_the_labels_are_those_of_the_space():
    assert set(LABELS) == set(decisions(BNSeparation(inner_args=SMALL)))


def test_there_are_195_handmade_architectures_and_each_names_every_choice():
    found = handmade()
    assert len(found) == 195
    for name in ("block:s11+s23", "bn:s41", "one-stream"):
        arguments, choices = found[name]
        assert set(choices) == set(decisions(BNSeparation(inner_args=SMALL, **arguments)))
    assert set(streams()) == {"one-stream", "two-stream", "two-stream (BN)"}


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
