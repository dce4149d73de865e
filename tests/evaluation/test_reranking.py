"""Sparse re-ranking equals the dense algorithm, written here from the paper, one image at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bench_rerank import dense
from nasreid.errors import NasreidError
from nasreid.evaluation.counting import neighbours
from nasreid.evaluation.counting.pairs import Pairs
from nasreid.evaluation.reranking import Rerank


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 60), st.integers(1, 25), st.integers(1, 8),
       st.floats(0, 1), st.sampled_from([1, 2, 4]), st.booleans())
def test_equals_the_dense_algorithm(seed, queries, gallery, k1, k2, weight, power, normalise):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((5, 6))
    query, others = (centres[rng.integers(0, 5, n)] + 0.7 * rng.standard_normal((n, 6)) for n in (queries, gallery))
    found = Rerank(k1, k2, weight, power, normalise)(query, others)
    assert (found.shape, found.dtype) == ((queries, gallery), np.float32)
    assert found == pytest.approx(dense(query, others, k1, k2, weight, power, normalise), abs=2e-6)


def test_equal_images_are_ordered_by_position():
    gallery = np.ones((30, 4))
    query = np.ones((2, 4))
    found = Rerank(k1=5, k2=2)(query, gallery)
    assert found == pytest.approx(dense(query, gallery, 5, 2, 0.3, 2, True), abs=2e-6)


def test_candidates_are_enough_or_all_are_looked_at(monkeypatch):
    rng = np.random.default_rng(0)
    vectors = np.repeat(rng.standard_normal((3, 8)), 20, 0) + 1e-9 * rng.standard_normal((60, 8))
    pairs = Pairs(vectors, vectors)
    every = torch.arange(60)
    expected = torch.stack([pairs.distances(torch.full((60,), at), every).argsort(stable=True)[:5] for at in range(60)])
    monkeypatch.setattr(neighbours, "MORE", 1)
    assert (neighbours.neighbours(pairs, 5).rank == expected.numpy()).all()


def test_the_ranked_lists_are_left_as_they_are():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((50, 5))
    pairs = Pairs(vectors, vectors)
    near = neighbours.neighbours(pairs, 9)
    before = near.rank.copy()
    Rerank(k1=8).encode(pairs, near)
    assert (near.rank == before).all()


def test_vectors_of_two_sizes_are_refused():
    with pytest.raises(NasreidError, match="query vectors have 3 values, gallery vectors 4"):
        Rerank()(np.ones((2, 3)), np.ones((5, 4)))
