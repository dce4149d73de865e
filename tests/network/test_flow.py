"""What is drawn between decisions is what data did."""

import pytest
import torch
from torch import nn

from nasreid.genotype import Genotype
from nasreid.mutation import decisions, relax
from nasreid.network.flow import INPUT, OUTPUT, flow, flow_of
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace, choice, inputs, layer, repeat, value
from nasreid.spaces.micro import Micro


class Nothing(nn.Module):
    def forward(self, x):
        return torch.zeros_like(x)


class Branches(SearchSpace):
    """Two branches, one of which has a decision inside, and a sum of two of three; constructed from back to front."""

    def __init__(self):
        super().__init__()
        self.width = 4
        kernel = value("kernel", [1, 3])
        self.sum = inputs("sum", 3, 2)
        self.right = choice("right", {"none": Nothing(), "skip": nn.Identity()})
        self.left = repeat("left", lambda i: nn.Sequential(
            layer(nn.Conv2d, 4, 4, kernel, padding=kernel // 2), nn.ReLU(inplace=True),
            choice(f"op{i}", {"conv": nn.Conv2d(4, 4, 1), "skip": nn.Identity()})), 2)
        self.stem = nn.Conv2d(3, 4, 3, stride=4)

    def maps(self, images, modality=None):
        x = self.stem(images)
        y = self.left(x)
        return self.sum(y.relu_(), self.right(x), self.right(y * 2))


CHOICES = {"kernel": "3", "sum": "0+2", "right": "none", "left": "2", "op0": "conv", "op1": "skip"}
BOXES = ["left", "kernel", "op0", "kernel", "op1", "right", "right", "sum"]
ARROWS = {(INPUT, 0), (INPUT, 5), (0, 6), (0, 7), (6, 7), (7, OUTPUT), (1, 2), (2, 3), (3, 4)}


@pytest.mark.parametrize("relaxed", [False, True])
def test_arrows_are_what_data_did(relaxed):
    space = Branches()
    if relaxed:
        relax(space, Softmax())
    before = {name: value.clone() for name, value in space.state_dict().items()}
    found = flow(space, CHOICES)
    assert [next(iter(box["decisions"])) for box in found["boxes"]] == BOXES
    assert [box["inside"] for box in found["boxes"]] == [None, 0, 0, 0, 0, None, None, None]
    assert {tuple(pair) for pair in found["arrows"]} == ARROWS  # 0 to 7 is what the sum chose
    assert (found["absent"], found["choices"]) == ([], CHOICES)
    assert [box["decisions"] for box in found["boxes"][:2]] == [{"left": "depth"}, {"kernel": "value"}]
    assert all(torch.equal(value, space.state_dict()[name]) for name, value in before.items())


def test_what_does_not_exist_is_absent():
    found = flow(Branches(), {**{label: name for label, name in CHOICES.items() if label != "op1"}, "left": "1"})
    assert found["absent"] == ["op1"]


def test_a_residual_chain_is_a_chain():
    choices = dict.fromkeys(decisions(Micro()), "none")
    found = flow_of(Genotype("Micro", {}, choices))
    assert found["arrows"] == [[-1, 0], *([i, i + 1] for i in range(4)), [4, -2]]


def test_what_does_not_run_on_a_tiny_image_has_no_flow():
    class Large(Branches):
        def maps(self, images, modality=None):
            return super().maps(images[:, :, 70:])

    assert flow(Large(), CHOICES) is None
