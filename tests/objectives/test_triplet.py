"""The batch-hard triplet loss against a loop over anchors."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objectives.triplet import Triplet, precision


def batch(identities):
    zeros = torch.zeros(len(identities), dtype=torch.int64)
    return Batch(torch.zeros(len(identities), 3, 1, 1), torch.as_tensor(identities), zeros)


def hardest(vectors, identities):
    pairs = []
    for anchor, identity in zip(vectors, identities, strict=True):
        distances = (anchor - vectors).norm(dim=1)
        same = torch.tensor([other == identity for other in identities])
        pairs.append((distances[same].max().item(), distances[~same].min().item()))
    return pairs


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.integers(2, 4), st.booleans(), st.integers(0, 999))
def test_loss_and_precision_equal_a_loop_over_the_anchors(identities, images, normalise, seed):
    labels = [i for i in range(identities) for _ in range(images)]
    vectors = torch.randn(len(labels), 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    pairs = hardest(F.normalize(vectors, dim=1) if normalise else vectors, labels)
    expected = sum(max(0.0, positive - negative + 0.3) for positive, negative in pairs) / len(labels)
    loss = Triplet(normalise=normalise)(Embedding(vectors, vectors), batch(labels))
    assert loss.item() == pytest.approx(expected, abs=1e-12)
    share = sum(negative > positive for positive, negative in pairs) / len(labels)
    assert precision(vectors, torch.tensor(labels), normalise=normalise) == share


def test_identical_vectors_have_a_finite_gradient():
    vectors = torch.ones(4, 3, requires_grad=True)
    Triplet()(Embedding(vectors, vectors), batch([0, 0, 1, 1])).backward()
    assert vectors.grad is not None
    assert vectors.grad.isfinite().all()


@pytest.mark.parametrize(
    ("identities", "message"), [([3, 3, 3], r"identities \[3\]"), ([1, 1, 7], "identity 7 has one image")]
)
def test_impossible_batches_are_named(identities, message):
    vectors = torch.ones(3, 2)
    with pytest.raises(NasreidError, match=message):
        Triplet()(Embedding(vectors, vectors), batch(identities))


def test_it_says_what_it_needs():
    assert Triplet().needs_two_images


def test_a_negative_margin_is_named():
    with pytest.raises(NasreidError, match="margin=-1"):
        Triplet(margin=-1)


def test_precision_compares_directions_unless_asked():
    angles, lengths = torch.tensor([0.0, 0.01, 1.5, 1.51]), torch.tensor([1.0, 10.0, 1.0, 10.0])
    vectors = torch.stack([angles.cos(), angles.sin()], 1) * lengths[:, None]
    identities = torch.tensor([0, 0, 1, 1])
    assert precision(vectors, identities) == 1.0
    assert precision(vectors, identities, normalise=False) == 0.5  # short ones are nearer to each other
