import multiprocessing
import pickle

import numpy as np
import pytest

from nasreid.data.batches.cache import Cache


def _picture(level: int) -> np.ndarray:
    return np.full((4, 2, 3), level, dtype=np.uint8)


@pytest.mark.parametrize(("limit", "room"), [(0, 0), (23, 0), (24, 1), (71, 2), (10**6, 5)])
def test_the_first_pictures_have_room(limit: int, room: int) -> None:
    cache = Cache(5, 4, 2, limit)
    for index in range(5):
        assert cache.get(index) is None
        cache.put(index, _picture(index + 1))
    kept = [index for index in range(5) if cache.get(index) is not None]
    assert kept == list(range(room))
    assert all(np.array_equal(cache.get(index), _picture(index + 1)) for index in kept)


def test_a_forked_worker_shares_it_and_a_copy_starts_empty() -> None:
    cache = Cache(3, 4, 2, 10**6)
    worker = multiprocessing.get_context("fork").Process(target=cache.put, args=(1, _picture(7)))
    worker.start()
    worker.join()
    assert np.array_equal(cache.get(1), _picture(7))
    assert cache.get(0) is None
    assert pickle.loads(pickle.dumps(cache)).get(1) is None
