"""Decisions on a part of the channels: what runs, what passes by, what is refused, and what it saves."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import nn

from benchmarks.ratio import kept
from nasreid.errors import NasreidError
from nasreid.mutation import relax
from nasreid.mutation.mixed_part import MixedPart, shuffled
from nasreid.relaxation import SinglePath, Softmax
from nasreid.space import SearchSpace, choice, inputs, repeat
from nasreid.spaces.auto_reid import AutoReID
from nasreid.spaces.micro import Micro


class Doubling(nn.Module):
    def __init__(self, channels: int, by: float):
        super().__init__()
        self.channels, self.by = channels, by

    def forward(self, x):
        assert x.shape[1] == self.channels
        return self.by * x


def family(channels: int) -> dict[str, nn.Module]:
    return {"twice": Doubling(channels, 2.0), "ten": Doubling(channels, 10.0)}


class Chain(SearchSpace):
    """One decision of eight channels, and perhaps what cannot run on a part of them."""

    def __init__(self, odd: str = ""):
        super().__init__()
        self.width = 8
        narrow = {"": lambda parts: family(8 // parts), "none": None, "names": lambda parts: {"x": nn.Identity()},
                  "shape": lambda parts: {name: nn.Conv2d(8 // parts, 3, 1) for name in family(8)}}
        self.block = choice("block", family(8), narrow=narrow.get(odd, narrow[""]))
        self.more = repeat("depth", lambda at: nn.Identity(), [1, 2]) if odd == "depth" else nn.Identity()
        self.inputs = inputs("edges", 2, 1) if odd == "edges" else None

    def maps(self, images, modality=None):
        x = self.more(self.block(images))
        return x if self.inputs is None else self.inputs(x, 0 * x)


def test_one_part_is_mixed_the_others_pass_and_channels_are_shuffled():
    supernet = relax(Chain(), Softmax(), {"block": torch.zeros(2)}, channels=4)
    x = torch.arange(8.0).view(1, 8, 1, 1) + 1
    expected = torch.cat([6 * x[:, :2], x[:, 2:]], 1)  # (2 + 10) / 2 of the first two of eight
    torch.testing.assert_close(supernet(x), shuffled(expected, 4))
    assert shuffled(expected, 4).flatten().tolist() == [6, 3, 5, 7, 12, 4, 6, 8]


def test_where_candidates_halve_the_resolution_the_others_are_pooled():
    class Halving(SearchSpace):
        def __init__(self):
            super().__init__()
            self.width = 8
            pools = {"max": nn.MaxPool2d(2), "mean": nn.AvgPool2d(2)}
            self.block = choice("block", pools, narrow=lambda parts: pools)

        def maps(self, images, modality=None):
            return self.block(images)

    supernet = relax(Halving(), Softmax(), {"block": torch.zeros(2)}, channels=4)
    x = torch.arange(8 * 16.0).view(1, 8, 4, 4)
    most, mean = nn.functional.max_pool2d(x, 2), nn.functional.avg_pool2d(x, 2)
    expected = torch.cat([(most[:, :2] + mean[:, :2]) / 2, most[:, 2:]], 1)
    torch.testing.assert_close(supernet(x), shuffled(expected, 4))


def test_a_single_path_runs_on_a_part_too():
    supernet = relax(Chain(), SinglePath(), {"block": torch.tensor([-50.0, 50.0])}, channels=2)
    supernet.draw(1.0, torch.Generator().manual_seed(0))
    found = supernet(torch.ones(1, 8, 1, 1)).flatten().tolist()
    assert found == [10, 1] * 4


def test_inputs_keep_their_weights_which_are_those_of_the_edges():
    supernet = relax(Chain("edges"), Softmax(), {"block": torch.zeros(2), "edges": torch.zeros(2)}, channels=4)
    assert sum(isinstance(module, MixedPart) for module in supernet.modules()) == 1
    assert supernet(torch.ones(1, 8, 1, 1)).sum().item() == pytest.approx((6 * 2 + 6) / 2)


@pytest.mark.parametrize(("odd", "words"), [
    ("none", "choice 'block' cannot run on one of 4 parts of its channels: its candidates have no narrow form"),
    ("names", "narrow of choice 'block' makes x; expected twice, ten"),
    ("depth", "decision 'depth' cannot run on one of 4 parts of its channels: it is about a number")])
def test_what_has_no_narrow_form_is_refused(odd, words):
    with pytest.raises(NasreidError, match=words):
        relax(Chain(odd), Softmax(), channels=4)


def test_shapes_that_no_channel_can_pass_by_are_refused():
    with pytest.raises(NasreidError, match=r"choice 'block' makes \(1, 3, 1, 1\) of \(1, 2, 1, 1\); expected the same"):
        relax(Chain("shape"), Softmax(), channels=4)(torch.ones(1, 8, 1, 1))
    with pytest.raises(NasreidError, match="choice 'block' gets 6 channels; expected a multiple of 4 channels"):
        relax(Chain(), Softmax(), channels=4)(torch.ones(1, 6, 1, 1))


def test_narrow_is_a_function():
    with pytest.raises(NasreidError, match=r"narrow of choice 'a' is 3; expected a function \(parts\)"):
        choice("a", {"x": nn.Identity()}, narrow=3)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("space", [partial(Micro, slots=(3, 3, 3)),
                                   partial(AutoReID, width_multiplier=0.125, depths=(1, 1))])
def test_what_a_pass_keeps_is_less_than_half(space):
    images = torch.randn(4, 3, 64, 32)
    whole, part = (relax(space(), Softmax(), channels=parts) for parts in (1, 4))
    assert kept(lambda: part(images), part.parameters()) < 0.5 * kept(lambda: whole(images), whole.parameters())


def test_more_parts_than_channels_are_refused():
    words = r"cannot run on one of 8 parts of its channels: its narrow form fails, .*; expected fewer parts"
    with pytest.raises(NasreidError, match=rf"choice 'normal\.node1\.input0' {words}"):
        relax(AutoReID(width_multiplier=0.0625, depths=(1, 1)), Softmax(), channels=8)
