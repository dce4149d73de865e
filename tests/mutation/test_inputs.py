"""Which of several inputs go on."""

import itertools

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.laws.spaces import check_space
from nasreid.mutation import decisions, freeze, relax, within
from nasreid.relaxation import SinglePath, Softmax
from nasreid.space import SearchSpace, choice, inputs

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


class Edges(SearchSpace):
    """Two nodes of one kind, with the same labels: which two of three edges go on, and which operation each has."""

    def __init__(self, join: bool = False, open_: bool = True):
        super().__init__()
        self.width = 8 if join else 4
        self.stem = nn.ModuleList([nn.Conv2d(3, 4, 3, stride=4, padding=1) for _ in range(3)])
        self.nodes = nn.ModuleList(inputs("node", 3, 2, join, [self.edge(at, open_) for at in range(3)])
                                   for _ in range(2))
        self.last = nn.Conv2d(self.width, 4, 1)

    @staticmethod
    def edge(at, open_):
        made = {"conv": nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)), "skip": nn.Identity()}
        return choice(f"edge{at}", made) if open_ else made["conv"]

    def maps(self, images, modality=None):
        given = [stem(images) for stem in self.stem]
        return self.nodes[1](given[0], given[1], self.last(self.nodes[0](*given)))


@pytest.mark.parametrize(("join", "open_"), [(False, True), (True, True), (False, False)])
def test_the_laws_hold_where_inputs_go_through_parts(join, open_):
    check_space(lambda: Edges(join, open_))


def test_a_decision_in_a_part_exists_where_its_input_goes_on():
    known = decisions(Edges())
    assert known.ways == {f"edge{at}": [{"node": frozenset(name for name in known["node"] if str(at) in name)}]
                          for at in range(3)}
    assert known.count() == 3 * 2**2
    choices = {"node": "0+2", "edge0": "skip", "edge2": "conv"}
    with within(choices):
        direct = Edges()
    network = freeze(Edges(), choices)
    assert decisions(direct) == {}
    assert list(direct.state_dict()) == list(network.state_dict())
    assert [name for name, _ in network.nodes[0].named_children()] == ["0", "2"]
    with pytest.raises(NasreidError, match="choice 'edge1' is 'conv', but there is no such decision here"):
        freeze(Edges(), {**choices, "edge1": "conv"})


@pytest.mark.parametrize("join", [False, True])
def test_parts_run_once_and_make_the_weighted_sum(join):
    space, alpha = Edges(join, open_=False).double().eval(), torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64)
    given, ran = torch.randn(3, 2, 4, 6, 6, dtype=torch.float64), []
    networks = [freeze(space, {"node": name}) for name in ("0+1", "0+2", "1+2")]
    expected = sum(w * network.nodes[0](*given)
                   for w, network in zip(torch.softmax(alpha, 0), networks, strict=True))
    node = relax(space, Softmax(), {"node": alpha}).space.nodes[0]
    for at in "012":
        node.get_submodule(at).register_forward_hook(lambda *_: ran.append(1))
    assert torch.allclose(node(*given), expected, rtol=0, atol=1e-12)
    assert len(ran) == 3


def test_of_a_drawn_set_the_parts_alone_run():
    supernet, ran = relax(Edges(open_=False), SinglePath()), []
    node = supernet.space.nodes[0]
    parts = [node.get_submodule(at) for at in "012"]
    for part in parts:
        part.register_forward_hook(lambda part, *_: ran.append(part))
    for seed in range(4):
        ran.clear()
        supernet.draw(1.0, torch.Generator().manual_seed(seed))
        name = supernet.decisions["node"][supernet.drawn()["node"]]
        supernet(IMAGES.float())
        assert ran == [parts[int(at)] for at in name.split("+")]


PARTS = [nn.Conv2d(4, 4, 1), nn.Conv2d(4, 5, 1)]
WRONG_PARTS = {
    "fewer": (lambda: inputs("node", 3, 2, parts=PARTS), r"of inputs 'node' are 2 \(Conv2d, Conv2d\); expected 3"),
    "none": (lambda: inputs("node", 2, 1, parts=[PARTS[0], None]), r"\(Conv2d, NoneType\); expected 2 modules"),
    "open": (lambda: inputs("node", 2, 1, parts=PARTS)(IMAGES, IMAGES), "inputs 'node' are still open"),
}


@pytest.mark.parametrize("kind", WRONG_PARTS)
def test_what_are_no_parts_is_named(kind):
    make, words = WRONG_PARTS[kind]
    with pytest.raises(NasreidError, match=words):
        make()


def test_parts_of_other_shapes_and_another_number_of_inputs_are_refused():
    space = Edges(open_=False)
    space.nodes[0] = inputs("node", 3, 2, parts=[PARTS[0], PARTS[1], PARTS[0]])
    supernet = relax(space, Softmax())
    with pytest.raises(NasreidError, match=r"inputs 'node': part 0 makes \(2, 4, 4, 2\) and part 1 \(2, 5, 4, 2\)"):
        supernet(IMAGES.float())
    with pytest.raises(NasreidError, match="inputs 'node' got 2 inputs; expected 3"):
        supernet.space.nodes[0](IMAGES.float(), IMAGES.float())
    with pytest.raises(NasreidError, match=r"choice 'node' is '0': expected one of 0\+1"), within({"node": "0"}):
        Edges()
