import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.batches.plan import Stream
from nasreid.data.batches.sampler import epoch_length, pk_batches

COUNTS = st.lists(st.integers(1, 12), min_size=1, max_size=12)
SIZES = st.tuples(st.integers(1, 5), st.integers(1, 4))


def _identities(counts: list[int], seed: int) -> np.ndarray:
    """Identities 10, 20, ... as often as counted, in random order."""
    identities = np.repeat(10 * np.arange(1, len(counts) + 1), counts)
    return np.random.default_rng(seed).permutation(identities)


@given(COUNTS, SIZES, st.integers(0, 99))
def test_every_batch_is_p_identities_with_k_pictures(counts: list[int], sizes: tuple[int, int], seed: int) -> None:
    p, k = sizes
    identities = _identities(counts, seed)
    for batch in pk_batches(identities, p, k, seed, epoch=0):
        rows = identities[batch].reshape(p, k)
        assert batch.shape == (p * k,)
        assert (rows == rows[:, :1]).all()
        assert len(set(rows[:, 0])) == p


@given(COUNTS, SIZES, st.integers(0, 99))
def test_no_picture_twice_unless_its_identity_is_short(counts: list[int], sizes: tuple[int, int], seed: int) -> None:
    p, k = sizes
    identities = _identities(counts, seed)
    taken = np.concatenate([*pk_batches(identities, p, k, seed, epoch=3), np.empty(0, np.int64)])
    times = np.bincount(taken.astype(int), minlength=len(identities))
    for identity, count in zip(*np.unique(identities, return_counts=True), strict=True):
        own = times[identities == identity]
        assert own.sum() in range(0, max(count // k, 1) * k + 1, k)
        assert count < k or own.max() <= 1


@given(COUNTS, SIZES, st.integers(0, 99), st.integers(0, 5))
def test_pure_and_stops_when_fewer_than_p_are_left(
    counts: list[int], sizes: tuple[int, int], seed: int, epoch: int
) -> None:
    p, k = sizes
    identities = _identities(counts, seed)
    batches = pk_batches(identities, p, k, seed, epoch)
    again = pk_batches(identities, p, k, seed, epoch)
    assert all(np.array_equal(one, other) for one, other in zip(batches, again, strict=True))
    assert epoch_length(identities, p, k, seed, epoch) == len(batches)
    groups = np.maximum(np.array(counts) // k, 1)
    used = sum((np.bincount(identities[batch] // 10 - 1, minlength=len(counts)) // k for batch in batches), 0 * groups)
    assert (used <= groups).all()
    assert ((groups - used) > 0).sum() < p


@given(COUNTS, SIZES, st.integers(0, 99))
def test_all_identities_but_p_minus_one_are_served_in_every_epoch(
    counts: list[int], sizes: tuple[int, int], seed: int
) -> None:
    p, k = sizes
    identities = _identities(counts, seed)
    for epoch in range(3):
        batches = pk_batches(identities, p, k, seed, epoch)
        served = len(np.unique(identities[np.concatenate(batches)])) if batches else 0
        assert served > len(counts) - p


@given(st.lists(st.integers(1, 6), min_size=3, max_size=6), st.integers(1, 3), st.integers(1, 3), st.integers(0, 20))
def test_every_picture_is_served_over_the_epochs(counts: list[int], p: int, k: int, seed: int) -> None:
    identities = _identities(counts, seed)
    epochs = (batch for epoch in range(60) for batch in pk_batches(identities, p, k, seed, epoch))
    assert set(np.concatenate(list(epochs)).tolist()) == set(range(len(identities)))


@given(st.lists(st.integers(1, 6), min_size=4, max_size=6), st.integers(0, 9), st.integers(0, 200))
def test_a_stream_resumes_at_any_step(counts: list[int], seed: int, step: int) -> None:
    identities = _identities(counts, seed)
    walked = Stream(identities, 2, 2, seed)
    rows = [walked.rows(number) for number in range(step + 1)]
    assert np.array_equal(Stream(identities, 2, 2, seed).rows(step), rows[-1])


def test_nobody_starves_and_epochs_differ() -> None:
    counts = [1, 2, 3, 4, 5, 8, 9, 12]
    identities = _identities(counts, 1)
    epochs = [pk_batches(identities, p=3, k=4, seed=5, epoch=epoch) for epoch in range(40)]
    seen = np.bincount(np.concatenate([batch for epoch in epochs for batch in epoch]), minlength=len(identities))
    assert (seen > 0).all()
    assert not all(np.array_equal(a, b) for a, b in zip(epochs[0], epochs[1], strict=False))
    assert not np.array_equal(epochs[0][0], pk_batches(identities, p=3, k=4, seed=6, epoch=0)[0])
