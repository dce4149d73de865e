import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation.ranked import COLUMNS, hardest, ranked, spread

FRAME = pd.DataFrame([("q", 1, 1, "query"), ("near", 1, 1, "gallery"), ("far", 1, 2, "gallery"), ("other", 2, 2,
                     "gallery")], columns=["path", "identity", "camera", "split"])
QUERY, GALLERY = np.array([[0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [0.6, 0.8]])


def test_lists_are_euclidean_and_follow_the_rule_of_the_same_camera():
    table = ranked(FRAME, QUERY, GALLERY, [0])
    assert tuple(table.columns) == COLUMNS
    assert table["path"].tolist() == ["other", "far"]
    assert table["match"].tolist() == [False, True]
    assert table["rank"].tolist() == [1, 2]
    np.testing.assert_allclose(table["distance"], [0.4**0.5, 2**0.5], atol=1e-9)
    assert ranked(FRAME, QUERY, GALLERY, [0], top=1, same_camera_rule=False)["path"].tolist() == ["near"]
    with pytest.raises(NasreidError, match="top 0"):
        ranked(FRAME, QUERY, GALLERY, [0], top=0)


@given(st.integers(1, 20), st.integers(6, 15), st.integers(1, 3), st.integers(0, 99))
def test_the_margin_is_the_mean_of_the_nearest_negatives(queries, images, count, seed):
    rng = np.random.default_rng(seed)
    q, g = rng.normal(size=(queries, 4)), rng.normal(size=(images, 4))
    q_ids, g_ids = rng.integers(0, 3, queries), np.arange(images) % 3
    found = hardest(q, g, q_ids, g_ids, count, normalise=False, block=7)
    far = np.linalg.norm(q[:, None] - g[None], axis=2)
    expected = [np.sort(far[i][g_ids != q_ids[i]])[:count].mean() for i in range(queries)]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_too_many_negatives_are_refused():
    with pytest.raises(NasreidError, match="hardest 2 negatives: expected 1 to 1"):
        hardest(QUERY, GALLERY, np.array([1]), np.array([1, 1, 2]), 2)


def test_queries_are_spread():
    assert spread(10, 3) == [0, 4, 9]
    assert spread(3, 8) == spread(3, 0) == [0, 1, 2]
    with pytest.raises(NasreidError, match="queries -1"):
        spread(3, -1)
