"""Weights of a decision from its alpha."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.relaxation import GumbelSoftmax, SinglePath, Softmax, relaxation

alphas = st.lists(st.floats(-5, 5), min_size=2, max_size=6).map(lambda v: torch.tensor(v, dtype=torch.float64))


@given(alphas, st.integers(0, 1000), st.floats(0.1, 10))
@pytest.mark.parametrize("kind", [Softmax(), GumbelSoftmax(), GumbelSoftmax(hard=True), SinglePath()])
def test_weights_are_a_distribution(kind, alpha, seed, temperature):
    noise = kind.noise(len(alpha), torch.Generator().manual_seed(seed)).double()
    weights = kind.weights(alpha, noise, temperature)
    assert float(weights.sum()) == pytest.approx(1)
    assert bool((weights >= -1e-12).all())


@given(alphas, st.integers(0, 1000))
@pytest.mark.parametrize("kind", [GumbelSoftmax(hard=True), SinglePath()])
def test_hard_weights_are_one_hot_and_differentiable(kind, alpha, seed):
    noise = kind.noise(len(alpha), torch.Generator().manual_seed(seed)).double()
    leaf = alpha.clone().requires_grad_()
    weights = kind.weights(leaf, noise, 1.0)
    weights[0].backward()
    assert sorted(weights.detach().round(decimals=9).tolist())[:-1] == [0.0] * (len(alpha) - 1)
    assert leaf.grad is not None


def test_the_single_path_is_the_index_of_its_weight():
    kind, alpha = SinglePath(), torch.tensor([0.1, 0.4, -0.3])
    for seed in range(20):
        noise = kind.noise(3, torch.Generator().manual_seed(seed))
        assert kind.index(alpha, noise) == int(kind.weights(alpha, noise.float(), 1.0).argmax())


def test_single_paths_are_drawn_with_the_softmax_probabilities():
    kind, alpha, generator = SinglePath(), torch.tensor([1.0, 0.0, -1.0]), torch.Generator().manual_seed(0)
    drawn = torch.bincount(torch.tensor([kind.index(alpha, kind.noise(3, generator)) for _ in range(4000)]))
    torch.testing.assert_close(drawn / 4000, torch.softmax(alpha, 0), rtol=0, atol=0.03)


def test_an_unknown_name_is_refused():
    with pytest.raises(NasreidError, match="relaxation 'sofmax': expected one of softmax"):
        relaxation("sofmax")
