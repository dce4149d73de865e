"""Which of several inputs go on."""

import itertools

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.laws.spaces import check_space
from nasreid.mutation import decisions, freeze, relax
from nasreid.relaxation import SinglePath, Softmax
from nasreid.space import SearchSpace, inputs

IMAGES = torch.randn(2, 3, 16, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class Node(SearchSpace):
    """Three convolutions, of which some go on."""

    def __init__(self, n: int = 2, join: bool = False, count: int = 3):
        super().__init__()
        self.width = 4 * n if join else 4
        self.stem = nn.ModuleList([nn.Conv2d(3, 4, 3, stride=4, padding=1) for _ in range(count)])
        self.node = inputs("node", count, n, join)

    def maps(self, images, modality=None):
        return self.node(*(stem(images) for stem in self.stem))


ALL = [(1, False), (2, False), (3, False), (1, True), (2, True)]


@pytest.mark.parametrize(("n", "join"), ALL)
def test_the_laws_hold(n, join):
    check_space(lambda: Node(n, join))


@pytest.mark.parametrize(("n", "join"), ALL)
def test_networks_and_mixtures_are_sums_of_the_chosen(n, join):
    space = Node(n, join).double()
    sets = list(itertools.combinations(range(3), n))
    assert decisions(space) == {"node": ["+".join(map(str, one)) for one in sets]}
    parts, alpha = [stem(IMAGES) for stem in space.stem], torch.randn(len(sets), dtype=torch.float64)
    made = [torch.cat([parts[at] for at in one], 1) if join else sum(parts[at] for at in one) for one in sets]
    for one, expected in zip(sets, made, strict=True):
        network = freeze(space, {"node": "+".join(map(str, one))})
        assert torch.allclose(network(IMAGES), expected, rtol=0, atol=1e-12)
    supernet = relax(space, Softmax(), {"node": alpha})
    expected = sum(w * one for w, one in zip(torch.softmax(alpha, 0), made, strict=True))
    assert torch.allclose(supernet(IMAGES), expected, rtol=0, atol=1e-12)


def test_a_drawn_set_runs_alone():
    space = Node()
    supernet = relax(space, SinglePath())
    supernet.draw(1.0, torch.Generator().manual_seed(1))
    name = supernet.decisions["node"][supernet.drawn()["node"]]
    assert torch.allclose(supernet(IMAGES.float()), freeze(space, {"node": name})(IMAGES.float()), atol=1e-6)


WRONG = {
    "label": (lambda: inputs("", 2, 1), "inputs label is empty"),
    "none": (lambda: inputs("node", 2, 0), "inputs 'node': 0 of 2; expected whole numbers, at least 1 and at most all"),
    "more": (lambda: inputs("node", 2, 3), "inputs 'node': 3 of 2"),
    "half": (lambda: inputs("node", 2.5, 1), "inputs 'node': 1 of 2.5"),
    "many": (lambda: inputs("node", 20, 10), "there are 184756 ways to take 10 of 20; expected at most 256"),
    "frozen": (lambda: freeze(Two(), {"node": "0+1"})(IMAGES.float()), "inputs 'node' got 3 inputs; expected 4"),
    "relaxed": (lambda: relax(Two(), Softmax())(IMAGES.float()), "inputs 'node' got 3 inputs; expected 4"),
}


class Two(Node):
    def __init__(self):
        super().__init__()
        self.node = inputs("node", 4, 2)


@pytest.mark.parametrize("kind", WRONG)
def test_what_cannot_be_picked_is_named(kind):
    make, words = WRONG[kind]
    with pytest.raises(NasreidError, match=words):
        make()
