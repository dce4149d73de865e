"""Figures of clusters, on cases that are counted by hand."""

import numpy as np
import pytest

from nasreid.evaluation.cluster_figures import collapsed, figures

WHO = np.array([0, 0, 0, 1, 1, 2])


def test_perfect_clusters():
    found = figures(WHO, WHO)
    assert found == {"clusters": 3, "outliers": 0, "mean_size": 2, "largest": 3, "nmi": pytest.approx(1), "pair_f": 1}


def test_pairs_are_counted():
    # found: (0,1), (3,4), (3,5), (4,5); true: three of the first, one of the second; right: (0,1) and (3,4)
    found = figures(np.array([0, 0, -1, 1, 1, 1]), WHO)
    assert found["pair_f"] == pytest.approx(2 * 2 / (4 + 4))
    assert (found["clusters"], found["outliers"], found["mean_size"], found["largest"]) == (2, 1, 2.5, 3)


def test_outliers_are_no_clusters_of_one():
    assert figures(np.full(6, -1), WHO) == {"clusters": 0, "outliers": 6, "mean_size": 0, "largest": 0, "nmi": 0,
                                           "pair_f": 0}


def test_nothing_is_said_of_identities_that_nobody_knows():
    assert set(figures(WHO, np.full(6, -1))) == set(figures(WHO, np.zeros(6, int))) == {
        "clusters", "outliers", "mean_size", "largest"}
    half = figures(np.array([0, 0, 0, 1, 1, 1]), np.where(np.arange(6) == 5, -1, WHO))
    assert half["pair_f"] == 1


@pytest.mark.parametrize(("labels", "gone"), [([-1, -1], True), ([0, 0, -1], True), ([0, 1], False)])
def test_one_cluster_or_none_is_a_collapse(labels, gone):
    assert collapsed(np.array(labels)) == gone
