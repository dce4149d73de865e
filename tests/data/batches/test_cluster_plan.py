"""Batches of clusters: every step of an epoch follows from its number and the labels of the epoch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.data.batches.cluster_plan import ClusterPlan
from nasreid.errors import NasreidError


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-1, 5), min_size=4, max_size=40).filter(lambda found: max(found) >= 0),
       st.integers(1, 9), st.integers(1, 4), st.integers(1, 4))
def test_batches_are_p_clusters_times_k_images(labels, steps, p, k):
    labels = np.array(labels)
    plan = ClusterPlan(3, steps, p, k, seed=7)
    plan.begin(1, labels)
    assert len(plan) == 3 * steps
    keys = list(plan.keys(steps))
    assert [(key.index, key.epoch, key.position) for key in keys] == [(steps + at, 1, at) for at in range(steps)]
    there = min(p, len(np.unique(labels[labels >= 0])))
    for key in keys:
        assert len(key.train.rows) == there * k
        who = labels[key.train.rows].reshape(there, k)
        assert (who >= 0).all()
        assert (who == who[:, :1]).all()
        assert len(np.unique(who[:, 0])) == there
        assert key.validation is None
    again = ClusterPlan(3, steps, p, k, seed=7)
    again.begin(1, labels)
    assert all((one.train.rows == other.train.rows).all() for one, other in zip(keys, again.keys(steps), strict=True))


def test_epochs_and_rounds_differ():
    plan, labels = ClusterPlan(2, 8, 2, 2, seed=0), np.repeat(np.arange(4), 2)
    seen = []
    for epoch in range(2):
        plan.begin(epoch, labels)
        seen += [tuple(key.train.rows) for key in plan.keys(8 * epoch)]
    assert len(set(seen)) > 10


def test_two_halves_have_batches_of_their_own():
    plan = ClusterPlan(1, 4, 2, 2, seed=0)
    first, second = np.array([0, 0, 1, 1, -1, -1, -1, -1]), np.array([-1, -1, -1, -1, 0, 0, 1, 1])
    plan.begin(0, first, second)
    for key in list(plan.keys(0)):
        assert (key.train.rows < 4).all()
        assert key.validation is not None
        assert (key.validation.rows >= 4).all()


def test_no_step_of_an_epoch_whose_labels_are_not_known():
    plan = ClusterPlan(2, 4, 2, 2, seed=0)
    plan.begin(0, np.array([0, 0, 1, 1]))
    assert len(plan.keys(2)) == 2
    with pytest.raises(NasreidError, match="step 4 is of epoch 1, and the labels of epoch 0"):
        plan.key(4)
