"""The Gumbel strategy: temperatures, one level, samples, and the optimiser of the authors' code."""

import numpy as np
import pandas as pd
import pytest
import torch

from nasreid.batch import Batch
from nasreid.errors import NasreidError
from nasreid.mutation import relax
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.plugins import construct
from nasreid.relaxation import GumbelSoftmax
from nasreid.spaces.in_placement import InPlacement
from nasreid.spaces.in_placement_published import PLACEMENTS, named
from nasreid.strategies.gumbel import Annealing, Gumbel
from nasreid.strategies.gumbel_relu import GumbelReLU
from nasreid.strategy import Strategy
from nasreid.training.stepper import Moment, Stepper, set_lr
from tests.spaces_for_tests import Tiny

FRAME = pd.DataFrame({"identity": [7, 7, 3, 3, 9]})


def test_the_temperature_halves_every_sixth_of_the_run_down_to_one():
    assert [Gumbel().temperature(e, 120) for e in (0, 19, 20, 40, 60, 80, 119)] == [10, 10, 5, 2.5, 1.25, 1, 1]
    assert [Gumbel().temperature(e, 6) for e in range(6)] == [10, 5, 2.5, 1.25, 1, 1]
    assert Gumbel(Annealing(temperature_epochs=2, temperature_floor=3.0)).temperature(5, 6) == 3.0


def test_everything_is_one_part_and_one_smoothed_classifier():
    strategy = Gumbel()
    split = strategy.split(FRAME, np.random.default_rng(0))
    assert split.validation is None
    assert (split.train.labels.tolist(), split.train.classes) == ([1, 1, 0, 0, 2], 3)
    twins = strategy.objectives(16, split)
    assert isinstance(twins.weights, CrossEntropy)
    assert (twins.architecture, twins.weights.smoothing) == (None, 0.1)


def test_the_relaxation_is_a_value_and_paths_are_for_those_that_draw_one():
    assert isinstance(Gumbel().relaxation, GumbelSoftmax)
    hard = Gumbel(relaxation="GumbelReLU", relaxation_args={"hard": True})
    assert isinstance(hard.relaxation, GumbelReLU)
    assert (hard.relaxation.hard, hard.paths) == (True, 0)
    lone = Gumbel(relaxation_args={"alone": True})
    assert isinstance(lone.relaxation, GumbelSoftmax)
    assert (lone.relaxation.alone, lone.paths) == (True, 8)
    assert Gumbel(relaxation="GDAS", paths=0).paths == 0


def test_alphas_can_follow_the_rate_of_the_weights():
    strategy = Gumbel(architecture=ArchitectureOptimiser(optimiser="sgd", follow=True, weight_decay=5e-4))
    architecture = strategy.architecture
    assert architecture.rate(3, 9, (1,), weights=0.07) == 0.07
    made = architecture.make([torch.nn.Parameter(torch.ones(2))])
    assert isinstance(made, torch.optim.SGD)
    assert (made.defaults["momentum"], made.defaults["weight_decay"]) == (0.9, 5e-4)
    assert Gumbel().architecture == ArchitectureOptimiser()


def stepper(samples):
    strategy: Strategy = Gumbel(samples=samples)
    torch.manual_seed(0)
    space = Tiny()
    supernet = relax(space, strategy.relaxation)
    assert isinstance(space, Tiny)
    network = Network(space, BNNeck(8))
    network.double()
    twins = strategy.objectives(8, strategy.split(FRAME, np.random.default_rng(0))).double()
    weights = [*supernet.weights(), *network.neck.parameters(), *twins.parameters()]
    made = Stepper(network, twins, WeightOptimiser().make(weights), strategy.order, supernet,
                   strategy.architecture.make(supernet.alphas().values()), strategy.samples)
    set_lr(made.weight_optimiser, 0.0)
    return made


def test_samples_average_losses_and_gradients_of_single_draws():
    images = torch.randn(4, 3, 16, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    batch = Batch(images, torch.tensor([0, 0, 1, 2]), torch.zeros(4, dtype=torch.int64))
    generator = torch.Generator().manual_seed(5)
    single = stepper(1)
    assert single.architecture_optimiser is not None
    set_lr(single.architecture_optimiser, 0.0)
    losses, gradients = [], []
    for _ in range(3):
        losses.append(single.step(batch, moment=Moment(temperature=2.0, generator=generator))["loss"])
        gradients.append(torch.cat([alpha.grad.clone() for alpha in single.alphas if alpha.grad is not None]))
    triple = stepper(3)
    logs = triple.step(batch, moment=Moment(temperature=2.0, generator=torch.Generator().manual_seed(5)))
    assert logs["loss"] == pytest.approx(np.mean(losses))
    assert len(set(losses)) == 3
    mean = torch.cat([alpha.grad for alpha in triple.alphas if alpha.grad is not None])
    torch.testing.assert_close(mean, torch.stack(gradients).mean(0))


@pytest.mark.parametrize(("options", "words"), [
    ({"temperature": 0.0}, "temperature is 0.0"), ({"temperature_factor": 2.0}, "temperature_factor is 2.0"),
    ({"samples": 0}, "samples is 0"), ({"temperature_epochs": 0}, "temperature_epochs is 0"),
    ({"relaxation": "Exp"}, "'Exp' is not among our relaxations"),
    ({"architecture_optimiser": "lion"}, "'lion': expected adam or sgd")])
def test_wrong_arguments_are_named(options, words):
    with pytest.raises(NasreidError, match=words):
        construct(Gumbel, options)


@pytest.mark.parametrize(("alpha", "chosen"), [
    ([1.0, 1.0, 1.0, 1.0], "plain"), ([0.2, 0.7, 0.7, 0.1], "in"), ([-1.0, -0.5, 0.0, -2.0], "plain"),
    ([-1.0, 1e-6, -3.0, 0.0], "in")])
def test_of_equally_probable_candidates_the_first_is_chosen(alpha, chosen):
    strategy = Gumbel(relaxation="GumbelReLU")
    row = strategy.relaxation.probabilities(torch.tensor(alpha).double()).tolist()
    probabilities = {"conv2.block1": dict(zip(PLACEMENTS, row, strict=True))}
    assert strategy.choose(probabilities, np.random.default_rng(0)) == {"conv2.block1": chosen}


def test_a_search_that_has_not_moved_its_alphas_leaves_osnet_plain():
    strategy = Gumbel(relaxation="GumbelReLU")
    supernet = relax(InPlacement(width_multiplier=0.125, shared=True), strategy.relaxation)
    chosen = strategy.choose(supernet.probabilities(), np.random.default_rng(0))
    assert chosen == supernet.choices() == named("osnet")[1]
