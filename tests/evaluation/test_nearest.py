import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation import nearest as module
from nasreid.evaluation.distances import distances
from nasreid.evaluation.nearest import nearest, part


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 7), st.booleans())
def test_it_is_the_sorted_row_of_all_distances(seed, number, rows, twins):
    rng = np.random.default_rng(seed)
    gallery, query = (rng.normal(size=(n, 5)).astype(np.float32) for n in (number, 3))
    if twins:  # equal pictures, and pictures that differ in the last digit
        gallery = np.concatenate([gallery, gallery, np.nextafter(gallery, np.float32(9))])
    expected = distances(query, gallery)
    order = np.argsort(expected, axis=1, kind="stable")[:, : min(4, len(gallery))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROWS", rows)
        found = nearest(query, gallery, min(4, len(gallery)))
    assert np.array_equal(found.rows, order)
    assert np.array_equal(found.distances, np.take_along_axis(expected, order, 1))


@pytest.mark.parametrize(("query", "gallery", "top", "words"), [
    (np.ones((1, 3)), np.ones((4, 2)), 1, "expected"),
    (np.ones((1, 2)), np.ones((4, 2)), 5, "top is 5; expected 1 to 4"),
    (np.ones((1, 2)), np.full((4, 2), np.nan), 1, "not all are finite"),
])
def test_what_cannot_be_found_is_named(query, gallery, top, words):
    with pytest.raises(NasreidError, match=words):
        nearest(query, gallery, top)


def test_a_file_is_read_part_by_part_and_not_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 7)
    gallery = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    np.save(tmp_path / "f.npy", gallery)
    there = np.load(tmp_path / "f.npy", mmap_mode="r")
    assert np.array_equal(nearest(gallery[:3], there, 4).rows, nearest(gallery[:3], gallery, 4).rows)
    assert np.array_equal(nearest(gallery[:3], there[5:], 4).rows, nearest(gallery[:3], gallery[5:], 4).rows)
    assert [(len(one), isinstance(one, np.memmap)) for one in map(part, [there] * 3, (0, 7, 14))] == [
        (7, False), (7, False), (6, False)]
    (tmp_path / "f.npy").write_bytes((tmp_path / "f.npy").read_bytes()[:-20])
    with pytest.raises(NasreidError, match="end before row 20"):
        part(there, 14)
