"""Single paths: every candidate as often, one at a time, and the seed decides."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.mutation import relax
from nasreid.mutation.mixed import MixedChoice
from nasreid.relaxation import SinglePath as Drawn
from nasreid.relaxation import Turn, UniformPath
from nasreid.strategies.single_path import SinglePath
from tests.spaces_for_tests import Tiny

ALPHAS = {f"block{i}": torch.tensor([4.0, 0.0, -4.0]) for i in (1, 2, 3)}


def paths(strategy: SinglePath, number=300, seed=3):
    supernet, generator = relax(Tiny(), strategy.relaxation, ALPHAS), torch.Generator().manual_seed(seed)
    mixed = [m for m in supernet.modules() if isinstance(m, MixedChoice)]
    for _ in range(number):
        supernet.draw(1.0, generator)
        yield tuple(m._softmax.alone() for m in mixed)  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize(("uniform", "kind"), [(True, UniformPath), (False, Drawn)])
def test_candidates_are_drawn_uniformly_or_by_their_alphas(uniform, kind):
    strategy = SinglePath(uniform)
    assert type(strategy.relaxation) is kind
    counts = Counter(path[0] for path in paths(strategy))
    assert (min(counts[i] for i in range(3)) > 70) == uniform
    assert len(set(paths(strategy))) > 3


def test_the_seed_decides_the_paths():
    one, two, other = (list(paths(SinglePath(), 20, seed)) for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_the_candidate_that_ran_gives_every_alpha_its_gradient():
    supernet = relax(Tiny(), SinglePath().relaxation)
    supernet.draw(1.0, torch.Generator().manual_seed(0))
    supernet(torch.randn(2, 3, 16, 8, generator=torch.Generator().manual_seed(0))).square().mean().backward()
    assert all(alpha.grad is not None and alpha.grad.abs().sum() > 0 for alpha in supernet.alphas().values())


def test_one_classifier_smooths_labels_when_asked():
    frame = pd.DataFrame({"identity": np.repeat(np.arange(3), 4)})
    for strategy, smoothing in ((SinglePath(), 0.0), (SinglePath(smoothing=0.1), 0.1)):
        twins = strategy.objectives(8, strategy.split(frame, np.random.default_rng(0)))
        assert twins.weights is twins.architecture
        assert twins.weights.smoothing == smoothing
    assert isinstance(SinglePath().relaxation, UniformPath)
    assert SinglePath().paths == 8


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 50), st.integers(1, 3))
def test_in_turn_every_candidate_runs_once_in_each_cycle(seed, cycle, samples):
    supernet = relax(Tiny(), SinglePath(fair=True, samples=samples).relaxation, ALPHAS)
    drawn, generator = [], torch.Generator().manual_seed(0)
    for number in range(3 * cycle, 3 * cycle + 3):
        supernet.draw(1.0, generator, Turn((seed, 0), number))
        drawn.append(supernet.drawn())
    assert [sorted(path[label] for path in drawn) for label in ALPHAS] == [[0, 1, 2]] * 3


def test_orders_differ_between_cycles_and_between_decisions():
    fair = UniformPath(fair=True)
    orders = {place: [tuple(int(fair.in_turn(3, place, Turn((1, 0), 3 * cycle + at)).argmax()) for at in range(3))
                      for cycle in range(60)] for place in (0, 1)}
    assert all(len(set(some)) == 6 and min(Counter(some).values()) > 2 for some in orders.values())
    assert orders[0] != orders[1]


def test_in_turn_and_by_the_alphas_are_two_things():
    with pytest.raises(NasreidError, match="fair is True and uniform False; expected one of them"):
        SinglePath(uniform=False, fair=True)
