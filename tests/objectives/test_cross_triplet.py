"""The four-way triplet loss against a loop over anchors."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objectives.cross_triplet import CrossModalityTriplet


def batch(identities, infrared):
    identities, infrared = torch.as_tensor(identities), torch.as_tensor(infrared)
    return Batch(torch.zeros(len(identities), 3, 1, 1), identities, torch.zeros_like(identities), infrared)


def one_term(vectors, labels, anchors, others, hinge):
    losses = []
    for a in anchors:
        distances = {o: (vectors[a] - vectors[o]).norm() for o in others}
        farthest = max(d for o, d in distances.items() if labels[o] == labels[a])
        nearest = min(d for o, d in distances.items() if labels[o] != labels[a])
        losses.append(hinge(farthest - nearest))
    return torch.stack(losses).mean()


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.integers(1, 3), st.booleans(), st.booleans(), st.integers(0, 999))
def test_the_loss_is_the_mean_of_four_loops(identities, images, normalise, soft, seed):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(identities).repeat_interleave(2 * images)
    labels = labels[torch.randperm(len(labels), generator=generator)]
    infrared = torch.zeros_like(labels).bool()
    for label in range(identities):
        infrared[(labels == label).nonzero()[images:]] = True
    vectors = torch.randn(len(labels), 6, generator=generator, dtype=torch.float64)
    seen = F.normalize(vectors, dim=1) if normalise else vectors
    sides = [side.nonzero()[:, 0].tolist() for side in (~infrared, infrared)]
    hinge = (lambda x: F.softplus(x)) if soft else (lambda x: (x + 0.4).relu())
    terms = [one_term(seen, labels, anchors, others, hinge) for anchors in sides for others in sides]
    loss = CrossModalityTriplet(normalise=normalise, soft=soft)(Embedding(vectors, vectors), batch(labels, infrared))
    assert loss.item() == pytest.approx(torch.stack(terms).mean().item(), abs=1e-5 if images == 1 else 1e-12)


def test_identical_vectors_have_a_finite_gradient():
    vectors = torch.ones(8, 3, requires_grad=True)
    CrossModalityTriplet()(Embedding(vectors, vectors), batch([0, 0, 0, 0, 1, 1, 1, 1], [False, True] * 4)).backward()
    assert vectors.grad is not None
    assert vectors.grad.isfinite().all()


@pytest.mark.parametrize(("identities", "infrared", "message"), [
    ([3, 3, 3, 3], [False, True, False, True], r"identities \[3\]; expected two or more"),
    ([1, 1, 7, 7], [False, True, True, True], "identity 7 has no visible image"),
    ([1, 1, 7, 7], [False, False, False, False], "a batch of visible images only"),
])
def test_impossible_batches_are_named(identities, infrared, message):
    with pytest.raises(NasreidError, match=message):
        CrossModalityTriplet()(Embedding(torch.ones(4, 2), torch.ones(4, 2)), batch(identities, infrared))


def test_it_says_what_it_needs():
    assert CrossModalityTriplet().needs_modalities
    with pytest.raises(NasreidError, match="margin=-1"):
        CrossModalityTriplet(margin=-1)
