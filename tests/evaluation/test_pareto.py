"""The front of two aims, against its definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nasreid.evaluation.pareto import front, hypervolume

POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=20)


@given(POINTS)
def test_nothing_beats_the_front_and_the_front_beats_all_others(points):
    scores, costs = np.array(points, float).T
    kept = front(scores, costs)
    for at, (score, cost) in enumerate(points):
        beaten = ((scores >= score) & (costs <= cost) & ((scores > score) | (costs < cost))).any()
        first = points.index((score, cost)) == at
        assert kept[at] == (first and not beaten)


@given(POINTS)
def test_the_hypervolume_is_the_area_counted_in_squares(points):
    scores, costs = np.array(points, float).T
    squares = sum(((scores > y) & (costs <= x)).any() for x in range(7) for y in range(7))
    assert hypervolume(scores, costs, cost=7.0) == squares
