"""Sparse Jaccard distances against those of whole rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from nasreid.errors import NasreidError
from nasreid.evaluation import jaccard as tested
from nasreid.evaluation.jaccard import jaccard, jaccard_graph


def encodings(count, seed):
    """Rows that sum to one, a third of them filled, and one that is empty."""
    rng = np.random.default_rng(seed)
    rows = rng.random((count, count)) * (rng.random((count, count)) < 0.3)
    rows[0] = 0
    return rows / np.maximum(rows.sum(1, keepdims=True), 1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(0, 999), st.floats(0.05, 0.95), st.sampled_from([1, 64, 2**22]))
def test_the_graph_is_what_is_near_in_the_dense_matrix(count, seed, farthest, sums):
    rows = encodings(count, seed)
    smaller = np.minimum(rows[:, None], rows[None]).sum(2)
    dense = 1 - smaller / np.maximum(rows[:, None], rows[None]).sum(2).clip(1e-12)
    np.fill_diagonal(dense, 0)
    # what both sum to is one only where no row is empty
    dense[0, 1:] = dense[1:, 0] = 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tested, "SUMS", sums)
        found = jaccard_graph(csr_array(rows), farthest)
    whole = found.toarray()
    near = np.abs(dense - farthest) > 1e-9
    assert ((whole > 0) == (dense <= farthest))[near & (dense > 1e-12)].all()
    assert whole[whole > 0] == pytest.approx(dense[whole > 0], abs=1e-12)
    assert (whole == whole.T).all(), "to the last bit"
    assert all((np.diff(part) >= 0).all() for part in np.split(found.data, found.indptr[1:-1]))
    assert all(at in part for at, part in enumerate(np.split(found.indices, found.indptr[1:-1])))


def test_both_ways_are_one_rule():
    encoded = csr_array(encodings(20, 3))
    out = np.zeros((5, 15))
    jaccard(encoded, 5, 1.0, out)
    near = jaccard_graph(encoded, 0.9999).toarray()[:5, 5:]
    assert near[near > 0] == pytest.approx(out[near > 0], abs=1e-12)
    assert (near > 0).any()


@pytest.mark.parametrize("farthest", [-0.1, 1.0])
def test_a_graph_of_all_is_refused(farthest):
    with pytest.raises(NasreidError, match="expected 0 to below 1"):
        jaccard_graph(csr_array(np.eye(3)), farthest)
