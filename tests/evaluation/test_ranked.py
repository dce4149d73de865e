import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation.asked import Asked
from nasreid.evaluation.protocol import Trial
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.ranked import COLUMNS, first_trial, hardest, ranked, spread
from nasreid.evaluation.removal import NOTHING, OWN_CAMERA, Removal

FRAME = pd.DataFrame([("q", 1, 1, "query"), ("near", 1, 1, "gallery"), ("far", 1, 2, "gallery"), ("other", 2, 2,
                     "gallery")], columns=["path", "identity", "camera", "split"])
FEATURES = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.6, 0.8]])
TRIAL = Trial(np.array([0]), np.array([1, 2, 3]))


def test_lists_are_euclidean_and_follow_the_rule_of_the_protocol():
    table = ranked(FRAME, TRIAL, FEATURES, [0], OWN_CAMERA)
    assert tuple(table.columns) == COLUMNS
    assert table["path"].tolist() == ["other", "far"]
    assert table["match"].tolist() == [False, True]
    assert table["rank"].tolist() == [1, 2]
    np.testing.assert_allclose(table["distance"], [0.4**0.5, 2**0.5], atol=1e-9)
    assert ranked(FRAME, TRIAL, FEATURES, [0], NOTHING, top=1)["path"].tolist() == ["near"]
    night = FRAME.assign(camera=[3, 2, 1, 2])
    assert ranked(night, TRIAL, FEATURES, [0], Removal(blind=((3, 2),)))["path"].tolist() == ["far"]
    with pytest.raises(NasreidError, match="top 0"):
        ranked(FRAME, TRIAL, FEATURES, [0], OWN_CAMERA, top=0)
    with pytest.raises(NasreidError, match=r"queries \[0, 1\]: expected places from 0 to 0"):
        ranked(FRAME, TRIAL, FEATURES, [0, 1], OWN_CAMERA)


def test_without_cameras_the_right_matches_are_shown():
    table = ranked(FRAME.assign(camera=-1), TRIAL, FEATURES, [0], OWN_CAMERA)
    assert table["path"].tolist() == ["near", "other", "far"]
    assert set(table["camera"]) == set(table["query_camera"]) == {"–"}


def test_people_and_cameras_are_called_by_their_own_names():
    own = FRAME.assign(camera=[1, 1, 2, -1], identity_name=["Ann", "Ann", "Ann", "Bo"],
                       camera_name=["door", "door", "hall", ""])
    table = ranked(own, TRIAL, FEATURES, [0], NOTHING)
    assert table["query_identity"].tolist() == ["Ann"] * 3
    assert list(zip(table["identity"], table["camera"], strict=True)) == [("Ann", "door"), ("Bo", "–"), ("Ann", "hall")]


def test_the_first_trial_of_a_protocol_keeps_the_order_of_the_frame():
    cars = pd.DataFrame([(f"{n}", i, -1, "test") for n, i in enumerate((7, 3, 9, 3, 7, 9))] + [("t", 1, -1, "train")],
                        columns=["path", "identity", "camera", "split"])
    (rule,) = rows_of("vehicleid")
    images, trial = first_trial(rule, cars)
    assert images["path"].tolist() == list("012345")
    assert sorted(images["identity"].iloc[trial.gallery]) == [3, 7, 9]
    drawn = next(iter(rule.draw(cars)))
    assert (images["path"].iloc[trial.query].tolist() == cars["path"].iloc[drawn.query].tolist())


@given(st.integers(1, 20), st.integers(6, 15), st.integers(1, 3), st.integers(0, 99), st.booleans())
def test_the_margin_is_the_mean_of_the_nearest_negatives(queries, images, count, seed, blind):
    rng = np.random.default_rng(seed)
    q, g = rng.normal(size=(queries, 4)), rng.normal(size=(images, 4))
    q_ids, g_ids = rng.integers(0, 3, queries), np.arange(images) % 3
    q_cams, g_cams = rng.integers(2, 4, queries), np.where(np.arange(images) < 1, 2, 1)
    asked = Asked(q, g, q_ids, g_ids, q_cams, g_cams, Removal(blind=((3, 2),)) if blind else NOTHING, normalise=False)
    found = hardest(asked, count, block=7)
    far = np.linalg.norm(q[:, None] - g[None], axis=2)
    far[asked.removal.removed(q_ids, g_ids, q_cams, g_cams)] = np.inf
    expected = [np.sort(far[i][g_ids != q_ids[i]])[:count].mean() for i in range(queries)]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_too_many_negatives_are_refused():
    one, two = np.ones(1, int), np.ones(3, int)
    asked = Asked(FEATURES[:1], FEATURES[1:], one, np.array([1, 1, 2]), one, two, NOTHING)
    with pytest.raises(NasreidError, match="hardest 2 negatives: expected 1 to 1"):
        hardest(asked, 2)


def test_queries_are_spread():
    assert spread(10, 3) == [0, 4, 9]
    assert spread(3, 8) == spread(3, 0) == [0, 1, 2]
    with pytest.raises(NasreidError, match="queries -1"):
        spread(3, -1)
