"""The door to NNI: decisions, validation, freezing, relaxation, export."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze, places, relax, validate
from nasreid.mutation.door import nni
from nasreid.mutation.labels import natural
from nasreid.mutation.mixed import MixedChoice
from nasreid.relaxation import GumbelSoftmax, Relaxation, SinglePath, Softmax
from tests.spaces_for_tests import Tiny

CHOICES = {"block1": "conv", "block2": "skip", "block3": "depthwise"}
IMAGES = torch.randn(2, 3, 16, 8, generator=torch.Generator().manual_seed(0))


def test_decisions_are_listed_in_order():
    assert decisions(Tiny()) == {f"block{i}": ["conv", "depthwise", "skip"] for i in (1, 2, 3)}


@pytest.mark.parametrize(("change", "words"), [
    ({"block2": None}, "choice 'block2' is missing; expected one of conv, depthwise, skip"),
    ({"block9": "conv"}, "choice 'block9' is not a decision of this space; expected one of block1, block2, block3"),
    ({"block1": "konv"}, r"choice 'block1' is 'konv' .did you mean 'conv'.*: expected one of conv, depthwise, skip"),
])
def test_a_wrong_choice_is_named(change, words):
    sample = {label: name for label, name in {**CHOICES, **change}.items() if name is not None}
    with pytest.raises(NasreidError, match=words):
        validate(Tiny(), sample)


def test_a_frozen_network_has_no_decision_left_and_computes_the_chosen_candidates():
    space = Tiny()
    network = freeze(space, CHOICES)
    maps = space.stem(IMAGES)
    maps = space.blocks[2].depthwise(space.blocks[0].conv(maps))
    assert decisions(network) == {}
    assert torch.equal(network.maps(IMAGES), maps)


def test_softmax_mixing_is_the_weighted_sum_of_the_candidates():
    space = Tiny(blocks=1).double()
    block = copy.deepcopy(space.blocks[0])
    alpha = torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64)
    supernet = relax(space, Softmax(), {"block1": alpha})
    stem = space.stem(IMAGES.double())
    weights = torch.softmax(alpha, 0)
    expected = sum(w * c(stem) for w, c in zip(weights, (block.conv, block.depthwise, block.skip), strict=True))
    torch.testing.assert_close(supernet(IMAGES.double()), expected, rtol=0, atol=1e-12)


def test_nni_s_own_value_in_a_space_is_refused_by_its_place():
    space = Tiny()
    space.stem.depth = nni.choice("depth", [1, 2])
    with pytest.raises(NasreidError, match=r"NNI's Categorical\(\[1, 2\], label='depth'\) at 'stem'"):
        relax(space, Softmax())


@pytest.mark.parametrize("kind", [Softmax(), GumbelSoftmax(), GumbelSoftmax(hard=True), SinglePath()])
def test_every_relaxation_gives_every_alpha_a_gradient(kind: Relaxation):
    supernet = relax(Tiny(), kind)
    supernet.draw(1.0, torch.Generator().manual_seed(1))
    supernet(IMAGES).square().mean().backward()
    assert all(alpha.grad is not None and alpha.grad.abs().sum() > 0 for alpha in supernet.alphas().values())


def test_a_single_path_runs_one_candidate_of_each_decision():
    space = Tiny()
    supernet = relax(space, SinglePath())
    ran = []
    for mixed in (m for m in space.modules() if isinstance(m, MixedChoice)):
        for name in mixed.names:
            mixed[name].register_forward_hook(lambda *_, key=(mixed.label, name): ran.append(key))
    supernet.draw(1.0, torch.Generator().manual_seed(1))
    supernet(IMAGES)
    assert sorted(label for label, _ in ran) == ["block1", "block2", "block3"]


def test_the_noise_follows_from_the_generator_alone():
    one, two = relax(Tiny(), GumbelSoftmax()), relax(Tiny(), GumbelSoftmax())
    two.load_state_dict(one.state_dict())
    outputs = []
    for supernet in (one, two):
        supernet.draw(0.7, torch.Generator().manual_seed(5))
        torch.rand(3)
        outputs.append(supernet(IMAGES))
    assert torch.equal(outputs[0], outputs[1])


def test_evaluation_is_free_of_noise():
    supernet = relax(Tiny(), GumbelSoftmax()).eval()
    supernet.draw(0.7, torch.Generator().manual_seed(5))
    first = supernet(IMAGES)
    supernet.draw(0.7, torch.Generator().manual_seed(6))
    assert torch.equal(first, supernet(IMAGES))


def test_alphas_are_ordered_by_label_and_drawn_from_the_seed():
    one, two = relax(Tiny(blocks=11), Softmax(), seed=4), relax(Tiny(blocks=11), Softmax(), seed=4)
    assert list(one.alphas()) == [f"block{i}" for i in range(1, 12)]
    assert all(torch.equal(one.alphas()[label], two.alphas()[label]) for label in one.labels)


def test_the_strongest_candidate_is_exported_with_its_probability():
    alphas = {f"block{i}": torch.eye(3)[i - 1] * 4 for i in (1, 2, 3)}
    supernet = relax(Tiny(), Softmax(), alphas)
    assert supernet.choices() == {"block1": "conv", "block2": "depthwise", "block3": "skip"}
    row = supernet.probabilities()["block2"]
    assert max(row, key=row.__getitem__) == "depthwise"
    assert sum(row.values()) == pytest.approx(1)


def test_weights_and_alphas_share_no_parameter():
    supernet = relax(Tiny(), Softmax())
    alphas, weights = {id(p) for p in supernet.alphas().values()}, {id(p) for p in supernet.weights()}
    assert not alphas & weights
    assert len(alphas) + len(weights) == len(list(supernet.parameters()))


def test_a_space_without_decisions_is_refused():
    with pytest.raises(NasreidError, match="no open decision"):
        relax(Tiny(blocks=0), Softmax())


@given(st.lists(st.integers(0, 10**6), unique=True, min_size=1))
def test_natural_order_is_numeric(numbers):
    labels = [f"cell{n}.op" for n in numbers]
    assert sorted(labels, key=natural) == [f"cell{n}.op" for n in sorted(numbers)]


class Twice(Tiny):
    """Its first block has two names."""

    def __init__(self):
        super().__init__()
        self.again = self.blocks[0]


def test_a_choice_in_two_places_has_both():
    found = places(Twice())
    assert {path for path, label in found.items() if label == "block1"} == {"blocks.0", "again"}


@pytest.mark.parametrize("use", [lambda space: relax(space, Softmax()), lambda space: freeze(space, {})])
def test_what_is_no_space_is_refused(use):
    with pytest.raises(NasreidError, match="Linear is no space; expected a subclass"):
        use(torch.nn.Linear(2, 2))


def test_mixing_plainly_is_switched_on_and_off():
    space = Tiny()
    supernet = relax(space, Softmax())
    mixed = [module for module in space.modules() if isinstance(module, MixedChoice)]
    supernet.mix_plainly()
    assert all(module.plain_sum for module in mixed)
    supernet.mix_plainly(False)
    assert not any(module.plain_sum for module in mixed)
