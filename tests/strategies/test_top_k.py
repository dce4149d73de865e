"""Top-k: who is among the k, among equals too, and nobody is left out for good."""

from collections import Counter

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.mutation import relax
from nasreid.mutation.mixed import MixedChoice
from nasreid.strategies.top_k import TopK
from tests.spaces_for_tests import Tiny

ALPHA = torch.tensor([0.5, -1.0, 2.0, 0.4])


def test_the_k_largest_have_weight_one_and_all_have_the_gradient_of_the_softmax():
    leaf = ALPHA.clone().requires_grad_()
    weights = TopK().weights(leaf, torch.rand(4), 1.0)
    assert weights.detach().round(decimals=6).tolist() == [1, 0, 1, 0]
    (weights * torch.arange(4.0)).sum().backward()
    soft = torch.softmax(ALPHA, 0)
    torch.testing.assert_close(leaf.grad, soft * (torch.arange(4.0) - (soft * torch.arange(4.0)).sum()))


def test_equals_are_chosen_at_random_or_in_their_order():
    start = TopK().start(12, torch.Generator())
    assert start.tolist() == [0.0] * 12
    chosen = Counter()
    for seed in range(600):
        generator = torch.Generator().manual_seed(seed)
        chosen.update(TopK().weights(start, TopK().noise(12, generator), 1.0).round().nonzero().flatten().tolist())
        first = TopK(ties="order")
        assert first.weights(start, first.noise(12, generator), 1.0).round().nonzero().flatten().tolist() == [0, 1]
    assert len(chosen) == 12
    assert 60 < min(chosen.values()) < max(chosen.values()) < 145  # 100 each in the mean


def test_noise_decides_among_equals_only():
    kind = TopK()
    alpha = torch.tensor([1.0, 0.0, 0.0, 0.0])
    for seed in range(20):
        noise = kind.noise(4, torch.Generator().manual_seed(seed))
        assert kind.weights(alpha, noise, 1.0)[0].item() == pytest.approx(1)


def test_of_fewer_candidates_all_have_weight_one():
    assert TopK(3).weights(torch.tensor([0.0, 1.0]), torch.zeros(2), 1.0).tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize(("full", "steps"), [(True, 3), (False, 40)])
def test_no_candidate_s_alpha_stays_where_it_began(full, steps):
    """In the published search all alphas but one stayed equal in four of six slots: who had not run, learnt nothing."""
    supernet, ran = relax(Tiny(), TopK(full=full)), Counter()
    mover = torch.optim.Adam(supernet.alphas().values(), 0.01)
    generator, images = torch.Generator().manual_seed(0), torch.randn(4, 3, 16, 8)
    for module in supernet.modules():
        if isinstance(module, MixedChoice):
            for name in module.names:
                module[name].register_forward_pre_hook(lambda one, *_: ran.update([one]))
    for _ in range(steps):
        supernet.draw(1.0, generator)
        mover.zero_grad()
        supernet(images).square().mean().backward()
        mover.step()
    for alpha in supernet.alphas().values():
        assert len(set(alpha.tolist())) == len(alpha)
    assert len(ran) == 9
    assert sum(ran.values()) == 3 * steps * (3 if full else 2)


def test_the_mix_is_the_same_whether_the_others_run_or_not():
    images, found = torch.randn(4, 3, 16, 8), []
    for full in (True, False):
        torch.manual_seed(0)
        supernet = relax(Tiny(), TopK(full=full), seed=1)
        supernet.draw(1.0, torch.Generator().manual_seed(0))
        found.append(supernet(images))
    assert torch.equal(*found)


@pytest.mark.parametrize("k", [0, -1, 1.5])
def test_k_is_a_whole_number_from_one(k):
    with pytest.raises(NasreidError, match=f"k is {k}"):
        TopK(k)
