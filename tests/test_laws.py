"""The laws catch what breaks them: one broken plug-in for each, as a third party might write it."""

from pathlib import Path

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.objectives.memory import Memory
from nasreid.objectives.triplet import Triplet
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.space import SearchSpace, choice
from nasreid.strategies.ce_darts import CEDarts
from nasreid.strategies.random_genotype import Random
from nasreid.strategy import Split
from tests.conformance import check_objective, check_planted, check_space, check_strategy, main


class Layer(nn.Conv2d):
    """A candidate with a cheaper mix, which is wrong when asked."""

    wrong = False

    @staticmethod
    def mix(candidates, weights, x):
        layers = list(candidates.values())
        weight = sum(w * layer.weight for w, layer in zip(weights, layers, strict=True))
        bias = sum(w * layer.bias for w, layer in zip(weights, layers, strict=True))
        return nn.functional.conv2d(x, weight, bias.detach() if Layer.wrong else bias)


class Space(SearchSpace):
    def __init__(self, width=8, second=8, image_by_image=True):
        super().__init__()
        self.width, self.image_by_image = width, image_by_image
        self.block = choice("block", {"one": Layer(3, 8, 1), "two": Layer(3, second, 1)})

    def maps(self, images, modality=None):
        maps = self.block(images)
        return maps if self.image_by_image else maps - maps[:1]


def test_a_space_with_a_right_mix_is_let_through():
    assert check_space(Space) is None


@pytest.mark.parametrize("options", [{"width": 9}, {"second": 9}, {"image_by_image": False}])
def test_a_space_that_breaks_a_law_is_caught(options):
    with pytest.raises((AssertionError, RuntimeError)):
        check_space(lambda: Space(**options))


def test_a_mix_without_a_gradient_is_caught(monkeypatch):
    monkeypatch.setattr(Layer, "wrong", True)
    with pytest.raises(AssertionError, match=r"gradient of .* of block"):
        check_space(Space)


class Broken(Objective):
    """Pulls vectors to the mean of all that it saw, the wrong way that `how` says."""

    def __init__(self, how=""):
        super().__init__()
        self.how = how
        self.register_buffer("mean", torch.zeros(16))
        self.needs_two_images = how == "needs"
        self.reads_neck = how == "reads"

    def forward(self, embedding, batch):
        if self.how == "state":
            self.mean += embedding.vectors.detach().mean(0).to(self.mean)
        vectors = embedding.vectors[:1] if self.how == "order" else embedding.vectors
        loss = (vectors - self.mean.to(vectors)).square()
        return loss.mean(1) if self.how == "scalar" else loss.mean()


def test_an_objective_without_fault_is_let_through():
    assert check_objective(Broken) is None


@pytest.mark.parametrize("how", ["state", "order", "scalar", "reads", "needs"])
def test_an_objective_that_breaks_a_law_is_caught(how):
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check_objective(lambda: Broken(how))


def test_an_objective_that_does_not_say_what_it_needs_is_caught(monkeypatch):
    monkeypatch.setattr(Triplet, "needs_two_images", False)
    with pytest.raises(NasreidError, match="has one image"):
        check_objective(Triplet)


def test_a_memory_that_does_not_forget_at_the_start_is_caught(monkeypatch):
    monkeypatch.setattr(Memory, "start", lambda self, vectors, identities: (self.ready.fill_(True),
                                                                            self.memory.add_(vectors.mean(0)))[0])
    with pytest.raises(AssertionError):
        check_objective(lambda: Memory(4, 16))


class Shared(CEDarts):
    """Both parts have all images."""

    def split(self, frame, rng):
        part = Random().split(frame, rng).train
        return Split(part, part)


class Counting(CEDarts):
    """Has another split each time that it is asked."""

    def split(self, frame, rng):
        self.smoothing += 0.1
        return super().split(frame, rng)


@pytest.mark.parametrize("broken", [Shared, Counting])
def test_a_strategy_that_breaks_a_law_is_caught(broken):
    with pytest.raises(AssertionError):
        check_strategy(broken)


def test_a_strategy_that_finds_nothing_is_caught():
    with pytest.raises(AssertionError, match="slot1"):
        check_planted(CEDarts(architecture=ArchitectureOptimiser(lr=1e-12)), epochs=2)


def test_a_third_party_checks_its_file_on_the_command_line(capsys):
    name = f"{Path(__file__).parent / 'spaces_for_tests.py'}:Tiny"
    main("space", name, '{"width": 16}')
    assert capsys.readouterr().out == f"{name} keeps the laws of a space\n"
