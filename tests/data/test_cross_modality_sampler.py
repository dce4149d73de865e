import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.sampler import cross_modality_batches
from nasreid.errors import NasreidError


@given(st.integers(2, 6), st.integers(1, 2), st.integers(1, 4), st.integers(0, 99))
def test_batches_are_grouped_by_identity_in_the_same_order(number, p, k, seed):
    rng = np.random.default_rng(seed)
    identities = np.concatenate([np.arange(number), np.arange(number), rng.integers(0, number, 20)])
    infrared = np.concatenate([np.zeros(number), np.ones(number), rng.integers(0, 2, 20)]).astype(bool)
    batches = cross_modality_batches(identities, infrared, p, k, seed, 3)
    assert len(batches) == max(infrared.sum(), (~infrared).sum()) // (p * k) + 1
    for batch in batches:
        visible, other = batch[: p * k], batch[p * k :]
        assert not infrared[visible].any()
        assert infrared[other].all()
        assert (identities[visible] == identities[other]).all()
        rows = identities[visible].reshape(p, k)
        assert (rows == rows[:, :1]).all()
        assert len(set(rows[:, 0].tolist())) == p
    again = cross_modality_batches(identities, infrared, p, k, seed, 3)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))


def test_too_few_identities_with_both_modalities_are_refused():
    with pytest.raises(NasreidError, match="1 identities"):
        cross_modality_batches(np.array([1, 1, 2]), np.array([False, True, True]), 2, 4, 0, 0)
