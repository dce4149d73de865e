"""Clusters of people who are apart, their numbers, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation.clustering import Clustering, in_order

SMALL = Clustering(k1=8, k2=3)


def crowd(identities=12, images=8, noise=0.3, cameras=4, shift=0.0, seed=0):
    """vectors, identities and cameras; shift: how far a camera moves all of its images."""
    rng = np.random.default_rng(seed)
    who, where = np.repeat(np.arange(identities), images), np.tile(np.arange(cameras), identities * images // cameras)
    centres, places = rng.standard_normal((identities, 32)), rng.standard_normal((cameras, 32))
    vectors = centres[who] + shift * places[where] + noise * rng.standard_normal((len(who), 32))
    return vectors.astype(np.float32), who, where


def test_people_who_are_apart_are_found_and_numbered_by_their_first_image():
    vectors, who, where = crowd()
    assert (SMALL(vectors, where) == who).all()
    order = np.random.default_rng(1).permutation(len(who))
    assert (SMALL(vectors[order], where[order]) == in_order(who[order])).all()


def test_twice_the_same_and_the_length_of_a_vector_says_nothing():
    vectors, _, where = crowd(noise=1.2)
    found = SMALL(vectors, where)
    assert (found == SMALL(vectors, where)).all()
    assert (found == SMALL(4 * vectors, where)).all()
    assert (found < 0).any()


def test_who_is_near_nobody_is_in_no_cluster():
    vectors, who, where = crowd()
    alone = np.random.default_rng(9).standard_normal((1, 32)).astype(np.float32)
    near = Clustering(k1=7, k2=1)  # of eight images each: no list has room for a stranger, and none is looked beyond
    assert near(np.concatenate([alone, vectors]), np.append(0, where)).tolist() == [-1, *who]


def test_cameras_that_move_their_images_are_seen_through():
    vectors, who, where = crowd(shift=3.0)
    assert not (SMALL(vectors, where) == who).all()
    assert (Clustering(k1=8, k2=3, camera_aware=True)(vectors, where) == who).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=30))
def test_numbers_follow_the_first_images(labels):
    labels = np.array(labels)
    found = in_order(labels)
    assert ((found < 0) == (labels < 0)).all()
    _, first = np.unique(found[found >= 0], return_index=True)
    assert (np.diff(first) > 0).all()
    assert len(np.unique(np.stack([labels, found], 1), axis=0)) == len(np.unique(labels)) == len(np.unique(found))


@pytest.mark.parametrize(("options", "words"), [
    ({"eps": 0}, "eps is 0; expected a positive number below 1"),
    ({"eps": 1.0}, "eps is 1.0; expected"),
    ({"min_samples": 0}, "min_samples is 0; expected at least 1"),
    ({"k1": 2.5}, "k1 is 2.5; expected at least 1"),
])
def test_numbers_out_of_range_are_named(options, words):
    with pytest.raises(NasreidError, match=words):
        Clustering(**options)


def test_fewer_images_than_a_cluster_needs_are_refused():
    with pytest.raises(NasreidError, match="3 images, and a cluster needs min_samples of 4"):
        SMALL(np.eye(3), np.zeros(3))
