"""Single paths: every candidate as often, one at a time, and the seed decides."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from nasreid.mutation import relax
from nasreid.mutation.mixed import MixedChoice
from nasreid.relaxation import SinglePath as Drawn
from nasreid.relaxation import UniformPath
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
