"""A part that is repeated as often as a decision says."""

import copy

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.laws.spaces import check_space
from nasreid.mutation import decisions, freeze, relax, within
from nasreid.mutation.mixed_depth import MixedDepth
from nasreid.relaxation import SinglePath, Softmax
from nasreid.space import SearchSpace, choice, layer, repeat, value
from nasreid.spaces.bn_separation import BNSeparation

IMAGES = torch.randn(2, 3, 16, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class Deep(SearchSpace):
    """Up to three blocks, each with a decision of its own, and the same blocks used once more where `twice`."""

    def __init__(self, depths=3, twice: bool = False, wide: bool = False):
        super().__init__()
        self.width = 4
        hidden = value("hidden", [2, 4]) if wide else 4
        self.stem = nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.stage = repeat("stage", lambda i: nn.Sequential(
            layer(nn.Conv2d, 4, hidden, 1, bias=False), layer(nn.BatchNorm2d, hidden), layer(nn.Conv2d, hidden, 4, 1),
            choice(f"stage.{i}.op", {"conv": nn.Conv2d(4, 4, 3, padding=1), "skip": nn.Identity()})), depths)
        self.again = nn.Sequential(self.stage, nn.ReLU()) if twice else nn.Identity()

    def maps(self, images, modality=None):
        return self.again(self.stage(self.stem(images)))


@pytest.mark.parametrize("arguments", [{}, {"depths": [0, 2]}, {"twice": True}, {"wide": True}])
def test_the_laws_hold(arguments):
    check_space(lambda: Deep(**arguments))


def test_separation_goes_into_the_blocks():
    known = decisions(BNSeparation(f"{__file__}:Deep", {"wide": True}))
    assert known["stage.2.1"] == ["share", "separate"]
    assert known.ways["stage.2.1"] == [{"stage": frozenset("3")}]
    check_space(lambda: BNSeparation(f"{__file__}:Deep", {"depths": 2}))


def test_decisions_of_blocks_exist_where_these_do():
    known = decisions(Deep())
    assert known == {"stage": ["1", "2", "3"], **{f"stage.{i}.op": ["conv", "skip"] for i in range(3)}}
    assert known.ways == {"stage.1.op": [{"stage": frozenset("23")}], "stage.2.op": [{"stage": frozenset("3")}]}
    assert known.count() == 2 + 4 + 8
    with pytest.raises(NasreidError, match=r"choice 'stage.2.op' is 'conv', but there is no such decision here"):
        freeze(Deep(), {"stage": "2", **{f"stage.{i}.op": "conv" for i in range(3)}})


def test_a_network_has_the_chosen_number_of_blocks_and_no_other():
    choices = {"stage": "2", "stage.0.op": "conv", "stage.1.op": "skip"}
    network = freeze(Deep(twice=True), choices)
    assert (len(network.stage), len(decisions(network))) == (2, 0)
    assert network.again[0] is network.stage
    with within(choices):
        assert len(Deep().stage) == 2
    assert len(freeze(Deep([0, 2]), {"stage": "0"}).stage) == 0


def test_a_relaxed_depth_is_the_weighted_sum_of_the_depths():
    space = Deep().double().eval()
    alpha = torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64)
    one = torch.tensor([9.0, -9e9], dtype=torch.float64)
    blocks = copy.deepcopy(space.stage)
    supernet = relax(space, Softmax(), {"stage": alpha, **{f"stage.{i}.op": one for i in range(3)}})
    x, found = space.stem(IMAGES), []
    for block in (getattr(blocks, str(i)) for i in range(3)):
        x = block[3].conv(block[2](block[1](block[0](x))))
        found.append(x)
    expected = sum(w * y for w, y in zip(torch.softmax(alpha, 0), found, strict=True))
    assert torch.allclose(supernet(IMAGES), expected, rtol=0, atol=1e-12)


def test_what_is_drawn_runs_alone_and_no_deeper():
    space = Deep().double()
    supernet, ran, depths = relax(space, SinglePath()), [], set()
    depth = next(module for module in space.modules() if isinstance(module, MixedDepth))
    for name in "012":
        getattr(depth, name).register_forward_hook(lambda *_, name=name: ran.append(name))
    for seed in range(10):
        ran.clear()
        supernet.draw(1.0, torch.Generator().manual_seed(seed))
        drawn = {label: supernet.decisions[label][at] for label, at in supernet.drawn().items()}
        network = copy.deepcopy(freeze(space, drawn)).train()
        assert torch.allclose(supernet(IMAGES), network(IMAGES), rtol=0, atol=1e-5)
        assert len(ran) == int(drawn["stage"]) + len(network.stage)  # the copy has the hooks, too
        depths.add(drawn["stage"])
    assert depths == {"1", "2", "3"}


def test_sizes_count_the_blocks():
    sizes = relax(Deep(), Softmax()).sizes()["stage"]
    assert sizes["3"] > sizes["2"] > sizes["1"] > 0


WRONG = {
    "label": (lambda: repeat("a/b", nn.Linear, 2), "repeat label 'a/b': expected a label without '/'"),
    "none": (lambda: repeat("s", lambda i: nn.Identity(), 0), r"depths of repeat 's' are 0; expected a whole number"),
    "twice": (lambda: repeat("s", lambda i: nn.Identity(), [1, 1]), r"depths of repeat 's' are \[1, 1\]"),
    "block": (lambda: repeat("s", lambda i: None, 2), "block 0 of repeat 's' is None; expected a module"),
    "open": (lambda: repeat("s", lambda i: nn.Identity(), 2)(IMAGES), "depth 's' is still open; expected a space"),
    "chosen": (lambda: Deep(), "choice 'stage' is '4': expected one of 1, 2, 3"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_repeated_is_named(kind):
    make, words = WRONG[kind]
    with pytest.raises(NasreidError, match=words), within({"stage": "4"}):
        make()


@pytest.mark.parametrize(("make", "words"), [
    (lambda i: nn.Conv2d(4, 8, 1) if i else nn.Identity(),
     r"repeat 's': of inputs of shape \(2, 4, 4, 2\) depth 1 makes \(2, 4, 4, 2\) and depth 2 \(2, 8, 4, 2\)"),
    (lambda i: nn.Conv2d(7, 4, 1), r"block 0 of repeat 's' fails on inputs of shape \(2, 4, 4, 2\)")])
def test_blocks_that_do_not_fit_are_named_with_their_shapes(make, words):
    class Odd(Deep):
        def __init__(self):
            super().__init__()
            self.stage = repeat("s", make, 2)

    with pytest.raises(NasreidError, match=words):
        relax(Odd().double(), Softmax())(IMAGES)
