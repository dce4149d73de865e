"""MMD, CMMD and correlation consistency against explicit feature maps and loops, in any order of the batch."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objectives.c3mmd import C3MMD, CMMD, MMD, CorrelationConsistency

ALL = [MMD(), CMMD(), CorrelationConsistency(), C3MMD()]


def batch(identities, infrared):
    identities, infrared = torch.as_tensor(identities), None if infrared is None else torch.as_tensor(infrared)
    return Batch(torch.zeros(len(identities), 3, 1, 1), identities, torch.zeros_like(identities), infrared)


def made(identities, images, seed):
    """A batch in random order, with as many of each modality; which are infrared; features (N, 5)."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(identities).repeat_interleave(2 * images)
    order = torch.randperm(len(labels), generator=generator)
    features = torch.randn(len(labels), 5, generator=generator, dtype=torch.float64)
    infrared = (torch.arange(len(labels)) % 2 == 1)[order]
    return batch(labels[order], infrared), infrared, features


def embedding(neck):
    return Embedding(torch.zeros_like(neck), neck)


def lifted(features):
    """psi: all products of two entries, whose inner product is (x y)^2."""
    features = F.normalize(features, dim=1)
    return (features[:, :, None] * features[:, None, :]).flatten(1)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 999))
def test_cmmd_is_the_distance_of_mean_lifted_features(identities, images, seed):
    given_batch, infrared, features = made(identities, images, seed)
    norms = []
    for identity in range(identities):
        own = given_batch.identities == identity
        means = [lifted(features[own & side]).mean(0) for side in (infrared, ~infrared)]
        norms.append((means[0] - means[1]).norm())
    found = CMMD()(embedding(features), given_batch)
    assert found.item() == pytest.approx(torch.stack(norms).mean().item(), abs=1e-9)
    squared = CMMD(root=False)(embedding(features), given_batch)
    assert squared.item() == pytest.approx(torch.stack(norms).square().mean().item(), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 999), st.sampled_from(ALL))
def test_the_order_of_identities_and_modalities_is_free(identities, images, seed, objective):
    given_batch, infrared, features = made(identities, images, seed)
    order = (given_batch.identities * 2 + infrared).argsort(stable=True)
    sorted_batch = batch(given_batch.identities[order], infrared[order])
    one, other = objective(embedding(features), given_batch), objective(embedding(features[order]), sorted_batch)
    assert one.item() == pytest.approx(other.item(), abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_correlations_equal_a_loop_over_pairs(identities, images, seed):
    given_batch, infrared, features = made(identities, images, seed)
    sides = []
    for side in (~infrared, infrared):
        rows = [i for label in range(identities) for i in range(len(side)) if side[i]
                and given_batch.identities[i] == label]
        gram = torch.stack([torch.stack([features[i] @ features[j] for j in rows]) for i in rows])
        sides.append(gram / gram.norm(dim=1, keepdim=True))
    found = CorrelationConsistency()(embedding(features), given_batch)
    assert found.item() == pytest.approx((sides[0] - sides[1]).square().mean().item(), abs=1e-12)


def test_consecutive_groups_of_a_sorted_batch_are_its_identities():
    *_, features = made(3, 4, seed=1)
    labels = torch.arange(3).repeat_interleave(4).repeat(2)
    given_batch = batch(labels, torch.arange(24) >= 12)
    one, other = CMMD()(embedding(features), given_batch), CMMD(images=4)(embedding(features), given_batch)
    assert one.item() == pytest.approx(other.item(), abs=1e-12)
    assert CMMD(images=12)(embedding(features), given_batch).item() == pytest.approx(
        MMD()(embedding(features), given_batch).item(), abs=1e-12)


@pytest.mark.parametrize("objective", ALL)
def test_equal_modalities_cost_nothing_and_have_a_finite_gradient(objective):
    features = torch.randn(4, 5, generator=torch.Generator().manual_seed(0)).repeat_interleave(2, 0).requires_grad_()
    loss = objective(embedding(features), batch([0, 0, 0, 0, 1, 1, 1, 1], [False, True] * 4))
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-5)
    assert features.grad is not None
    assert features.grad.isfinite().all()


def test_counts_may_differ_where_the_paper_lets_them():
    features = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    given_batch = batch([0, 0, 0, 1, 1], [False, False, True, True, False])
    assert CMMD()(embedding(features), given_batch) > 0
    with pytest.raises(NasreidError, match="identity 0 has 2 visible and 1 infrared images in the batch; expected as"):
        CorrelationConsistency()(embedding(features), given_batch)


def test_the_sum_has_the_published_weights():
    given_batch, _, features = made(2, 2, seed=3)
    parts = [part(embedding(features), given_batch).item() for part in (CMMD(), CorrelationConsistency())]
    assert C3MMD()(embedding(features), given_batch).item() == pytest.approx(0.05 * parts[0] + 5 * parts[1])


@pytest.mark.parametrize("objective", ALL)
@pytest.mark.parametrize(("infrared", "only"), [(None, "visible"), ([False] * 4, "visible"), ([True] * 4, "infrared")])
def test_one_modality_is_refused(objective, infrared, only):
    with pytest.raises(NasreidError, match=f"a batch of {only} images only; expected visible and infrared ones"):
        objective(embedding(torch.ones(4, 2)), batch([0, 0, 1, 1], infrared))


def test_an_identity_without_a_modality_is_named():
    with pytest.raises(NasreidError, match="CMMD: identity 1 has no infrared image in the batch"):
        CMMD()(embedding(torch.ones(4, 2)), batch([0, 0, 1, 1], [False, True, False, False]))
    with pytest.raises(NasreidError, match="images=0; expected a number from 1"):
        CMMD(images=0)


def test_they_say_what_they_need():
    assert all(objective.needs_modalities and objective.reads_neck for objective in ALL)
