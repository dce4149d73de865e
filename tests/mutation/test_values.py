"""Open numbers, and the layers that are made of them."""

import copy

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.laws.spaces import check_space
from nasreid.mutation import Unmixable, decisions, freeze, relax, within
from nasreid.mutation.door import nni
from nasreid.relaxation import GumbelSoftmax, SinglePath, Softmax, UniformPath
from nasreid.space import SearchSpace, choice, layer, value
from nasreid.spaces.bn_separation import BNSeparation

IMAGES = torch.randn(2, 3, 16, 8, generator=torch.Generator().manual_seed(0))


class Numbers(SearchSpace):
    """A kernel that two layers have, and a width that leaves its layer, where `wide` says so."""

    def __init__(self, wide: bool = True):
        super().__init__()
        self.width = 4
        self.kernel = value("kernel", [3, 5])
        hidden = 4 * value("expansion", [1, 2, 3]) if wide else 8
        self.stem = nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.block = nn.Sequential(
            layer(nn.Conv2d, 4, hidden, self.kernel, padding=self.kernel // 2, bias=False),
            layer(nn.BatchNorm2d, hidden), nn.ReLU(), layer(nn.Conv2d, hidden, 4, kernel_size=(1, 1)))
        self.last = layer(nn.Conv2d, 4, 4, self.kernel, padding=(self.kernel // 2, self.kernel // 2), groups=4)

    def maps(self, images, modality=None):
        x = self.stem(images)
        return self.last((x + self.block(x)).relu())


@pytest.mark.parametrize("wide", [True, False])
def test_the_laws_hold(wide):
    check_space(lambda: Numbers(wide))


def test_separation_decides_each_norm_once_for_all_widths():
    check_space(lambda: BNSeparation(f"{__file__}:Numbers"))
    known = decisions(BNSeparation(f"{__file__}:Numbers"))
    assert known["block.1"] == ["share", "separate"]
    assert known.count() == 2 * 2 * 3


def test_a_number_is_one_decision_of_many_layers():
    known = decisions(Numbers())
    assert known == {"kernel": ["3", "5"], "expansion": ["1", "2", "3"]}
    assert (known.ways, known.count()) == ({}, 6)
    supernet = relax(Numbers(), SinglePath())
    assert [alpha.shape for alpha in supernet.alphas().values()] == [(3,), (2,)]


def test_a_network_is_made_of_the_numbers_that_were_chosen():
    network = freeze(Numbers(), {"kernel": "5", "expansion": "3"})
    assert network.block[0].weight.shape == (12, 4, 5, 5)
    assert (network.block[0].padding, network.last.padding, network.last.groups) == ((2, 2), (2, 2), 4)
    with within({"kernel": "3", "expansion": "2"}):
        direct = Numbers()
    assert decisions(direct) == {}
    assert direct.block[0].weight.shape == (8, 4, 3, 3)


def test_weights_are_slices_of_the_largest_and_training_one_trains_the_other():
    space = Numbers()
    relax(space, SinglePath())
    names = [name for name, _ in space.named_parameters() if name.startswith("block.0") and "alpha" not in name]
    assert names == ["block.0.3.5.weight"]
    whole = space.block[0]["3"]["5"].weight
    network = freeze(space, {"kernel": "3", "expansion": "2"})
    assert torch.equal(network.block[0].weight, whole[:8, :, 1:4, 1:4])
    with torch.no_grad():
        network.block[0].weight.zero_()
    assert not whole[:8, :, 1:4, 1:4].any()
    assert whole[8:].all()


@pytest.mark.parametrize("kind", [SinglePath(), UniformPath(), GumbelSoftmax(alone=True)])
def test_what_runs_alone_is_the_network_of_the_drawn_numbers(kind):
    space = Numbers()
    supernet = relax(space, kind)
    seen = set()
    for seed in range(12):
        supernet.draw(1.0, torch.Generator().manual_seed(seed))
        drawn = {label: supernet.decisions[label][at] for label, at in supernet.drawn().items()}
        network = copy.deepcopy(freeze(space, drawn)).train()
        assert torch.allclose(supernet.train()(IMAGES), network(IMAGES), atol=1e-6)
        seen.add(tuple(drawn.values()))
    assert len(seen) > 3


def test_gradients_reach_the_slice_alone():
    space = Numbers(wide=False)
    supernet = relax(space, UniformPath())
    weight = space.block[0]["5"].weight
    for seed in range(20):
        supernet.draw(1.0, torch.Generator().manual_seed(seed))
        if supernet.drawn()["kernel"] == 0:
            break
    supernet(IMAGES).square().sum().backward()
    assert weight.grad[:, :, 1:4, 1:4].any()
    assert not weight.grad[:, :, 0].any()


def test_a_mixed_kernel_is_the_weighted_sum_of_its_slices():
    space = Numbers(wide=False).double().eval()
    alpha = torch.tensor([0.4, -0.3], dtype=torch.float64)
    supernet = relax(space, Softmax(), {"kernel": alpha})
    parts = [freeze(space, {"kernel": name}).last for name in ("3", "5")]
    x = torch.randn(2, 4, 6, 6, dtype=torch.float64)
    expected = sum(w * part(x) for w, part in zip(torch.softmax(alpha, 0), parts, strict=True))
    assert torch.allclose(supernet.space.last(x), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", [Softmax(), GumbelSoftmax(), GumbelSoftmax(hard=True)])
def test_a_relaxation_that_mixes_refuses_a_width_by_name(kind):
    supernet = relax(Numbers(), kind)
    supernet.draw(1.0, torch.Generator().manual_seed(0))
    words = (rf"value 'expansion': of inputs of shape \(2, 4, 4, 2\) '1' makes \(2, 4, 4, 2\) and '2' \(2, 8, 4, 2\), "
             rf"which {type(kind).__name__} cannot mix; expected a relaxation that runs one candidate alone, such as "
             "SinglePath, or one layer")
    with pytest.raises(Unmixable, match=words):
        supernet(IMAGES)


def test_in_evaluation_the_likeliest_number_runs_alone():
    space = Numbers()
    supernet = relax(space, SinglePath(), {"kernel": torch.tensor([0.0, 1.0]), "expansion": torch.tensor([0.0, 9, 1])})
    network = freeze(space, {"kernel": "5", "expansion": "2"}).eval()
    assert torch.equal(supernet.eval()(IMAGES), network(IMAGES))
    assert supernet.choices() == {"kernel": "5", "expansion": "2"}


def test_sizes_are_those_of_the_slices():
    assert relax(Numbers(wide=False), Softmax()).sizes()["kernel"] == {"3": 4 * 8 * 9, "5": 4 * 8 * 25}


def test_a_number_may_open_inside_a_candidate():
    class Inside(Numbers):
        def __init__(self):
            super().__init__(wide=False)
            self.last = choice("last", {"conv": self.last, "skip": nn.Identity()})
            self.block = nn.Identity()

    known = decisions(Inside())
    assert list(known.architectures()) == [{"last": "conv", "kernel": "3"}, {"last": "conv", "kernel": "5"},
                                           {"last": "skip"}]
    check_space(Inside)


WRONG = {
    "label": (lambda: value("", [1]), "value label is empty"),
    "none": (lambda: value("k", []), r"options of value 'k' are \[\]; expected different whole numbers"),
    "twice": (lambda: value("k", [3, 3]), r"options of value 'k' are \[3, 3\]"),
    "half": (lambda: value("k", [0.5, 1]), r"\[0.5, 1\]; expected different whole numbers from 0 on; halves"),
    "decimals": (lambda: value("ratio", [0.25, 0.5, 1.5]), r"from them: 0.25 \* value\('ratio', \[1, 2, 6\]\)"),
    "truth": (lambda: value("k", [True, False]), r"\[True, False\]"),
    "other": (lambda: layer(nn.Conv2d, value("k", [1, 2]), value("k", [1, 3]), 1),
              r"value 'k' has the options \[1, 2\] in one place and \[1, 3\] in another"),
    "many": (lambda: layer(nn.Conv2d, value("a", list(range(1, 10))), value("b", list(range(1, 9))), 1),
             "layer of a, b has 72 combinations of numbers; expected at most 64"),
    "nni": (lambda: layer(nn.Conv2d, nni.choice("w", [4, 8]), 3, 1), r"NNI's Categorical.* expected value\(label"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_makes_no_number_is_named(kind):
    make, words = WRONG[kind]
    with pytest.raises(NasreidError, match=words):
        make()


def test_decimals_are_calculated():
    class Ratio(Numbers):
        def __init__(self):
            super().__init__(wide=False)
            self.block = layer(nn.Dropout, 0.25 * value("ratio", [1, 2]))

    known = decisions(Ratio())
    assert known["ratio"] == ["1", "2"]
    assert freeze(Ratio(), {"kernel": "3", "ratio": "2"}).block.p == 0.5
    with within({"kernel": "3", "ratio": "1"}):
        assert Ratio().block.p == 0.25


def test_weights_of_which_none_holds_the_others_are_refused():
    class Crossed(Numbers):
        def __init__(self):
            super().__init__(wide=False)
            number = value("n", [1, 2])
            self.last = layer(nn.Conv2d, 4 * number, 4 * (3 - number), 1)

    with pytest.raises(NasreidError, match=r"value 'n': the weight 'weight' is \(8, 4, 1, 1\) for 1, \(4, 8, 1, 1\) f"):
        relax(Crossed(), SinglePath())


def test_a_number_that_is_kept_in_the_space_is_no_foreign_one():
    assert "kernel" in decisions(Numbers())
    with pytest.raises(NasreidError, match=r"choice 'kernel' is '4': expected one of 3, 5"), within({"kernel": "4"}):
        Numbers()
