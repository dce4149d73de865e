"""An approximate search finds nearly who the exact one finds, and says true distances."""

import importlib.util

import faiss
import numpy as np
import pytest

from nasreid.errors import NasreidError
from nasreid.evaluation.approximate import approximate
from nasreid.evaluation.nearest import nearest


@pytest.fixture(scope="module")
def drawn():
    """A gallery of 300 identities with six pictures each, and a query of each of 40."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(300, 16)).astype(np.float32)
    gallery = np.repeat(centres, 6, 0) + 0.3 * rng.normal(size=(1800, 16)).astype(np.float32)
    return gallery, centres[:40] + 0.3 * rng.normal(size=(40, 16)).astype(np.float32)


def test_most_are_found_at_their_true_distances_and_with_all_cells_everybody(drawn, tmp_path):
    gallery, query = drawn
    exact = nearest(query, gallery, 5)
    index = tmp_path / "g.faiss"
    few, every = approximate(index, gallery, 8).nearest(query, 5), approximate(index, gallery, 1000).nearest(query, 5)
    shared = np.mean([len(set(a) & set(b)) / 5 for a, b in zip(few.rows, exact.rows, strict=True)])
    assert shared > 0.9
    assert np.mean(every.rows == exact.rows) > 0.99  # bytes err
    both = every.rows == exact.rows
    assert np.array_equal(every.distances[both], exact.distances[both])


def test_a_file_that_is_there_is_read_and_another_gallery_refused(drawn, tmp_path):
    gallery, query = drawn
    index = tmp_path / "g.faiss"
    approximate(index, gallery)
    before = index.read_bytes()
    approximate(index, gallery).nearest(query, 3)
    assert index.read_bytes() == before
    with pytest.raises(NasreidError, match="expected one that nasreid find made of this gallery, 1799 x 16"):
        approximate(index, gallery[1:])
    with pytest.raises(NasreidError, match="does not find row"):
        approximate(index, np.random.default_rng(1).normal(size=gallery.shape).astype(np.float32))
    index.write_bytes(before[:1000])
    with pytest.raises(NasreidError, match="cannot be read"):
        approximate(index, gallery)
    index.write_bytes(b"no index")
    with pytest.raises(NasreidError, match="cannot be read"):
        approximate(index, gallery)
    faiss.write_index(faiss.IndexFlatIP(16), str(index))
    with pytest.raises(NasreidError, match="is an IndexFlatIP of 0 x 16"):
        approximate(index, gallery)


def test_what_is_missing_is_named(drawn, tmp_path, monkeypatch):
    gallery, query = drawn
    with pytest.raises(NasreidError, match="of 200 neighbours are in 1 of 42 cells"):
        approximate(tmp_path / "g.faiss", gallery, 1).nearest(query, 200)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NasreidError, match="pip install 'nasreid\\[find\\]'"):
        approximate(tmp_path / "g.faiss", gallery)


def test_features_that_are_no_numbers_leave_no_index(drawn, tmp_path):
    gallery = drawn[0].copy()
    gallery[7] = np.nan
    with pytest.raises(NasreidError, match="not all are finite"):
        approximate(tmp_path / "g.faiss", gallery)
    assert list(tmp_path.iterdir()) == []
