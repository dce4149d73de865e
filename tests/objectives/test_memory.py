"""The class memory: its loss, its start, and the order of its updates."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objectives import memory_softmax as large_softmax
from nasreid.objectives.memory import Memory, occurrences


def embedding(vectors):
    return Embedding(vectors, vectors)


def batch(identities):
    zeros = torch.zeros(len(identities), dtype=torch.int64)
    return Batch(torch.zeros(len(identities), 3, 1, 1), torch.as_tensor(identities), zeros)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def learn_one_by_one(memory, vectors, identities, momentum, renormalise):
    for vector, identity in zip(F.normalize(vectors, dim=1), identities, strict=True):
        row = momentum * memory[identity] + (1 - momentum) * vector
        memory[identity] = row / row.norm() if renormalise else row


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.booleans(), st.floats(0, 1), st.integers(0, 999))
def test_learning_equals_a_loop_over_the_samples(identities, renormalise, momentum, seed):
    memory = Memory(4, 5, momentum=momentum, renormalise=renormalise, start="zeros").double()
    memory.memory.copy_(F.normalize(normal(4, 5, seed=seed), dim=1))
    expected = memory.memory.clone()
    vectors = normal(len(identities), 5, seed=seed + 1000)
    learn_one_by_one(expected, vectors, identities, momentum, renormalise)
    memory.learn(embedding(vectors), batch(identities))
    torch.testing.assert_close(memory.memory, expected, rtol=0, atol=1e-12)


def test_the_loss_is_equation_2():
    memory = Memory(3, 4, temperature=0.1, start="zeros").double()
    memory.memory.copy_(normal(3, 4))
    vectors = normal(2, 4, seed=1)
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    scores = (unit @ memory.memory.T / 0.1).exp()
    expected = -(torch.log(scores[0, 2] / scores[0].sum()) + torch.log(scores[1, 0] / scores[1].sum())) / 2
    assert memory(embedding(vectors), batch([2, 0])).item() == pytest.approx(expected.item(), abs=1e-12)


def test_zeros_neither_pull_nor_push():
    memory = Memory(7, 4, start="zeros").double()
    vectors = normal(3, 4).requires_grad_()
    loss = memory(embedding(vectors), batch([0, 1, 1]))
    (gradient,) = torch.autograd.grad(loss, vectors)
    assert loss.item() == pytest.approx(math.log(7))
    assert not gradient.any()


@pytest.mark.parametrize("renormalise", [False, True])
def test_centroids_are_means_of_normalised_vectors(renormalise):
    memory = Memory(2, 3, renormalise=renormalise).double()
    vectors, identities = normal(5, 3), torch.tensor([0, 1, 0, 1, 1])
    memory.start(vectors, identities)
    unit = F.normalize(vectors, dim=1)
    expected = torch.stack([unit[identities == 0].mean(0), unit[identities == 1].mean(0)])
    torch.testing.assert_close(memory.memory, F.normalize(expected, dim=1) if renormalise else expected)


def test_forward_changes_no_state():
    memory = Memory(2, 3)
    memory.start(normal(2, 3).float(), torch.tensor([0, 1]))
    before = {name: value.clone() for name, value in memory.state_dict().items()}
    memory(embedding(normal(2, 3, seed=1).float()), batch([1, 1]))
    assert all(torch.equal(value, before[name]) for name, value in memory.state_dict().items())


def test_a_memory_that_has_not_started_is_refused_and_a_restored_one_is_not():
    memory = Memory(2, 3)
    with pytest.raises(NasreidError, match="not started"):
        memory(embedding(torch.ones(2, 3)), batch([0, 1]))
    other = Memory(2, 3)
    other.start(torch.eye(3)[:2], torch.tensor([0, 1]))
    memory.load_state_dict(other.state_dict())
    assert memory(embedding(torch.ones(2, 3)), batch([0, 1])).isfinite()


def test_only_centroids_need_a_start():
    assert Memory(2, 3).needs_start
    assert not Memory(2, 3, start="zeros").needs_start


@pytest.mark.parametrize("identities", [[0, 0, 2, 2], [0, 1, 2, 3]])
def test_a_start_without_every_class_is_refused(identities):
    with pytest.raises(NasreidError, match="each of the 3 classes"):
        Memory(3, 2).start(torch.ones(4, 2), torch.tensor(identities))


@pytest.mark.parametrize("argument", [{"temperature": 0}, {"momentum": 1.5}, {"classes": 0}, {"start": "means"}])
def test_impossible_arguments_are_named(argument):
    name, value = next(iter(argument.items()))
    with pytest.raises(NasreidError, match=f"{name}={value!r}"):
        Memory(**{"classes": 2, "width": 3, **argument})


def test_occurrences_count_within_an_identity():
    assert occurrences(torch.tensor([5, 5, 1, 5, 1])).tolist() == [0, 1, 0, 2, 1]


@settings(max_examples=40, deadline=None)
@given(number=st.integers(1, 9), classes=st.integers(1, 30), logits=st.integers(1, 60), scale=st.floats(0.1, 100),
       seed=st.integers(0, 999))
def test_the_loss_in_blocks_is_that_of_dense_logits(number, classes, logits, scale, seed):
    rows, identities = normal(classes, 4, seed=seed) * scale, torch.arange(number) * 7 % classes
    vectors = [normal(number, 4, seed=seed + 1).requires_grad_() for _ in range(2)]
    dense = F.cross_entropy(vectors[0] @ rows.T / 0.05, identities)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_softmax, "LOGITS", logits)
        blocks = large_softmax.cross_entropy(vectors[1], rows, identities, 0.05)
    torch.testing.assert_close(blocks, dense, rtol=1e-12, atol=1e-12)
    one, two = (torch.autograd.grad(loss * 3, own)[0] for loss, own in zip((dense, blocks), vectors, strict=True))
    torch.testing.assert_close(two, one, rtol=1e-10, atol=1e-10)


def test_the_loss_keeps_one_vector_an_image_for_its_gradient():
    memory, saved = Memory(5000, 4, start="zeros"), []
    vectors = normal(6, 4).float().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: saved.append(t.numel()) or t, lambda t: t):
        memory(embedding(vectors), batch([0] * 6))
    assert max(saved) == vectors.numel()


class Products(TorchDispatchMode):
    """Writes down how many entries each matrix product has."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        if func is torch.ops.aten.mm.default:
            self.sizes.append(made.numel())
        return made


def test_so_many_logits_are_there_at_once_and_no_more(monkeypatch):
    monkeypatch.setattr(large_softmax, "LOGITS", 12)
    with Products() as products:
        large_softmax.cross_entropy(normal(3, 4), normal(9, 4), torch.tensor([0, 1, 2]), 0.05)
    assert products.sizes == [12, 12, 3]


def test_a_memory_that_starts_again_from_zeros_has_forgotten_everything():
    memory = Memory(2, 3, start="zeros").double()
    memory.learn(embedding(normal(2, 3)), batch([0, 1]))
    assert memory.memory.any()
    memory.start(normal(2, 3), torch.tensor([0, 1]))
    assert not memory.memory.any()
