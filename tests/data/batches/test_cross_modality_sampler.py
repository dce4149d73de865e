import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.data.batches.plan import Stream
from nasreid.data.batches.sampler import cross_modality_batches, with_both
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


@settings(max_examples=25)
@given(st.integers(2, 6), st.integers(1, 2), st.integers(1, 4), st.integers(0, 99))
def test_every_image_of_an_identity_with_both_is_served_over_the_epochs(number, p, k, seed):
    rng = np.random.default_rng(seed)
    identities = np.concatenate([np.arange(number), np.arange(number), rng.integers(0, number + 2, 20)])
    infrared = np.concatenate([np.zeros(number), np.ones(number), rng.integers(0, 2, 20)]).astype(bool)
    able = np.flatnonzero(np.isin(identities, with_both(identities, infrared)))
    epochs = [cross_modality_batches(identities, infrared, p, k, seed, epoch) for epoch in range(120)]
    assert set(np.concatenate([batch for batches in epochs for batch in batches]).tolist()) == set(able.tolist())


@given(st.integers(2, 5), st.integers(0, 99), st.integers(0, 60))
def test_a_stream_of_both_resumes_at_any_step(number, seed, step):
    identities, infrared = np.repeat(np.arange(number), 4), np.tile([False, True], 2 * number)
    walked = Stream(identities, 2, 2, seed, infrared)
    rows = [walked.rows(each) for each in range(step + 1)]
    assert np.array_equal(Stream(identities, 2, 2, seed, infrared).rows(step), rows[-1])


def test_too_few_identities_with_both_modalities_are_refused():
    with pytest.raises(NasreidError, match="1 identities"):
        cross_modality_batches(np.array([1, 1, 2]), np.array([False, True, True]), 2, 4, 0, 0)
