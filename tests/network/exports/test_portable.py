import pytest
import torch

from nasreid.data.batches.packed import normalise
from nasreid.errors import NasreidError
from nasreid.network.exports.portable import Portable, seen
from tests.network.exports.networks import network_of, portable, separated, tiny

MODALITIES = {"visible": [False] * 5, "infrared": [True] * 5, "both": [True, False, False, True, False]}


@pytest.mark.parametrize("modality", MODALITIES)
def test_every_modality_gives_the_vectors_of_the_network(modality):
    found, _ = portable(separated(), modality)
    images, *more = found.example(32, 16, 5)
    mask = torch.tensor(MODALITIES[modality])
    expected = found.source.vectors(images, mask)
    torch.testing.assert_close(found(images, *([mask] if more else [])), expected)
    assert not torch.allclose(expected, found.source.vectors(images, ~mask), atol=1e-3)


def test_a_modality_alone_costs_one_stream_and_the_network_stays_as_it_is():
    network = network_of(separated())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    one = Portable(network, "infrared")
    assert not [name for name, _ in one.network.named_modules() if name.endswith(("visible", "other"))]
    assert {name: value.equal(before[name]) for name, value in network.state_dict().items()} == dict.fromkeys(before,
                                                                                                              True)


def test_what_it_is_for_is_read_off_its_layers():
    assert seen(network_of(separated())) == "both"
    assert seen(network_of(separated(mixed=False))) == "any"
    assert seen(network_of(tiny())) == "any"
    with pytest.raises(NasreidError, match="modality 'thermal': expected any, visible, infrared, both"):
        Portable(network_of(tiny()), "thermal")


def test_levels_are_normalised_inside_as_the_loader_does_it():
    baked, plain = (portable(tiny(), baked=baked)[0] for baked in (True, False))
    levels, = baked.example(32, 16, 3)
    assert levels.dtype == torch.uint8
    torch.testing.assert_close(baked(levels), plain(normalise(levels.permute(0, 2, 3, 1))))
    torch.testing.assert_close(plain.example(32, 16, 3)[0], normalise(levels.permute(0, 2, 3, 1)))


def test_vectors_after_the_neck_are_others():
    before, after = (portable(tiny(), after_neck=after)[0] for after in (False, True))
    images, = before.example(32, 16)
    assert not torch.allclose(before(images), after(images), atol=1e-3)
