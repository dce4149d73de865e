"""The wrapper that shows an objective the local feature."""

import pytest
import torch

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Local
from nasreid.objectives.memory import Memory
from nasreid.objectives.triplet import Triplet

BATCH = Batch(torch.zeros(4, 3, 1, 1), torch.tensor([0, 0, 1, 1]), torch.zeros(4, dtype=torch.int64))
LOCAL = Embedding(torch.eye(4), torch.eye(4))
BOTH = Embedding(torch.ones(4, 2), torch.ones(4, 2), local=LOCAL)


def test_the_loss_is_that_of_the_local_feature():
    assert Local(Triplet())(BOTH, BATCH) == Triplet()(LOCAL, BATCH)


def test_learning_is_passed_on():
    ours, plain = Memory(2, 4, start="zeros"), Memory(2, 4, start="zeros")
    Local(ours).learn(BOTH, BATCH)
    plain.learn(LOCAL, BATCH)
    assert ours.memory.any()
    assert torch.equal(ours.memory, plain.memory)


def test_needs_are_those_of_the_wrapped_objective():
    assert Local(Triplet()).needs_two_images
    assert not Local(Memory(2, 4, start="zeros")).needs_two_images


def test_an_embedding_without_a_local_feature_is_refused():
    with pytest.raises(NasreidError, match="without a local feature"):
        Local(Triplet())(LOCAL, BATCH)


def test_an_objective_with_a_start_is_refused():
    with pytest.raises(NasreidError, match="Memory starts from"):
        Local(Memory(2, 4))
