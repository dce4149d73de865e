import signal

import pytest
import torch
from torch import nn

from nasreid.errors import Interrupted, NasreidError
from nasreid.network.exports.portable import Portable
from nasreid.network.exports.program import program
from nasreid.network.network import with_neck
from nasreid.signals import raised
from nasreid.space import SearchSpace
from tests.network.exports.networks import network_of, portable, separated, tiny


class Step(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def forward(self, x):
        if self.kind == "value":
            return x if x.sum() > 0 else -x
        if self.kind == "number":
            return x.reshape(2, *x.shape[1:])
        if self.kind == "signal":
            signal.raise_signal(signal.SIGTERM)
        raise ValueError("nothing to see")


class Odd(SearchSpace):
    def __init__(self, kind):
        super().__init__()
        self.width = 3
        self.blocks = nn.ModuleDict({"odd": Step(kind)})

    def maps(self, images, modality=None):
        return self.blocks["odd"](images)


@pytest.mark.parametrize("make", [separated, tiny])
def test_any_number_of_images_goes_through(make):
    found, _ = portable(make())
    made = program(found, 32, 16).module()
    for number in (1, 2, 7):
        given = found.example(32, 16, number)
        torch.testing.assert_close(made(*given), found(*given))


@pytest.mark.parametrize(("kind", "words"), [
    ("value", r"space\.blocks\.odd chooses its way by a value"),
    ("number", "one number of images only"),
    ("error", r"space\.blocks\.odd stops with ValueError: nothing to see"),
])
def test_what_cannot_be_followed_is_named_with_its_place(kind, words, capsys):
    with pytest.raises(NasreidError, match=words):
        program(Portable(with_neck(Odd(kind)).eval()), 32, 16)
    assert capsys.readouterr().err == "", "torch prints its graph"


def test_a_signal_meanwhile_is_no_fault_of_the_network():
    with raised(), pytest.raises(Interrupted, match="ended by SIGTERM"):
        program(Portable(with_neck(Odd("signal")).eval()), 32, 16)


def test_a_second_input_that_makes_no_difference_is_refused():
    with pytest.raises(NasreidError, match="makes no difference between modalities"):
        program(Portable(network_of(separated(mixed=False)), "both"), 32, 16)
