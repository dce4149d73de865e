"""What moves a row of a memory: every sample, the hardest of a class, their mean."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objectives.memory import Memory


def one_by_one(memory, vectors, identities, update, momentum, renormalise):
    """The rule, class after class."""
    for identity in sorted(set(identities)):
        own = [F.normalize(v, dim=0) for v, i in zip(vectors, identities, strict=True) if i == identity]
        likeness = [float(v @ F.normalize(memory[identity], dim=0)) for v in own]
        moves = {"every": own, "hardest": [own[likeness.index(min(likeness))]], "centroid": [sum(own) / len(own)]}
        for vector in moves[update]:
            row = momentum * memory[identity] + (1 - momentum) * vector
            memory[identity] = row / row.norm() if renormalise else row


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.sampled_from(["every", "hardest", "centroid"]),
       st.booleans(), st.floats(0, 1), st.integers(0, 999))
def test_learning_equals_a_loop_over_the_classes(identities, update, renormalise, momentum, seed):
    random = torch.Generator().manual_seed(seed)
    memory = Memory(4, 5, momentum=momentum, renormalise=renormalise, start="zeros", update=update).double()
    memory.memory.copy_(F.normalize(torch.randn(4, 5, generator=random), dim=1))
    expected, vectors = memory.memory.clone(), torch.randn(len(identities), 5, generator=random).double()
    given_batch = Batch(torch.zeros(len(identities), 3, 1, 1), torch.tensor(identities), torch.zeros(1))
    memory.learn(Embedding(vectors, vectors), given_batch)
    one_by_one(expected, vectors, identities, update, momentum, renormalise)
    torch.testing.assert_close(memory.memory, expected, rtol=0, atol=1e-12)


def test_another_name_is_refused():
    with pytest.raises(NasreidError, match=r"update='hard' \(did you mean 'hardest'\?\): expected one of every, har"):
        Memory(2, 3, update="hard")
