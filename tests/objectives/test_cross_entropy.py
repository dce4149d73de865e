"""The classifier's loss."""

import pytest
import torch

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objectives.cross_entropy import CrossEntropy

ZEROS = torch.zeros(3, dtype=torch.int64)
BATCH = Batch(torch.zeros(3, 3, 1, 1), torch.tensor([0, 4, 4]), ZEROS)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_target_is_smoothed_over_all_classes(smoothing):
    loss = CrossEntropy(5, 4, smoothing=smoothing, bias=True, std=1.0)
    neck = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    target = torch.full((3, 5), smoothing / 5)
    target[torch.arange(3), BATCH.identities] += 1 - smoothing
    embedding = Embedding(torch.zeros(3, 4), neck)
    expected = -(target * torch.log_softmax(loss.logits(embedding), dim=1)).sum(1).mean()
    torch.testing.assert_close(loss(embedding, BATCH), expected)


def test_the_classifier_starts_near_zero_without_a_bias():
    classifier = CrossEntropy(200, 100).classifier
    assert classifier.bias is None
    assert classifier.weight.std().item() == pytest.approx(0.001, rel=0.1)


def test_forward_changes_no_state():
    loss = CrossEntropy(5, 4)
    before = loss.classifier.weight.clone()
    loss(Embedding(torch.ones(3, 4), torch.ones(3, 4)), BATCH)
    assert torch.equal(loss.classifier.weight, before)


def test_impossible_smoothing_is_named():
    with pytest.raises(NasreidError, match=r"smoothing=1\.0"):
        CrossEntropy(5, 4, smoothing=1.0)


def test_a_bias_starts_at_zero_and_weights_from_what_is_asked():
    layer = CrossEntropy(100, 100, bias=True, std=0.01).classifier
    assert not layer.bias.any()
    assert layer.weight.std().item() == pytest.approx(0.01, rel=0.05)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_smoothing_is_a_share(smoothing):
    with pytest.raises(NasreidError, match=f"smoothing={smoothing}; expected a number from 0 to below 1"):
        CrossEntropy(2, 2, smoothing)
