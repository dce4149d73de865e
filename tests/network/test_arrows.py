"""Arrows that follow from others, and those that were chosen."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from nasreid.network.arrows import nearest, telling

ARROWS = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] < pair[1]))


@given(ARROWS, ARROWS)
def test_nothing_is_cut_off_and_what_was_chosen_stays(arrows, chosen):
    told = telling(arrows, chosen)
    assert told <= arrows
    assert set(nx.transitive_closure(nx.DiGraph(told)).edges) == set(nx.transitive_closure(nx.DiGraph(arrows)).edges)
    assert arrows & chosen <= told


@given(ARROWS, st.sets(st.integers(0, 6), min_size=1))
def test_what_lies_behind_the_nearest_is_left_out(arrows, tails):
    found = nearest(tails, arrows)
    assert found <= tails
    assert found
    closure = nx.transitive_closure(nx.DiGraph(arrows))
    assert all(any(closure.has_edge(tail, near) for near in found) for tail in tails - found)
    assert not any(closure.has_edge(one, other) for one in found for other in found)


def test_a_circle_stays_as_it_is():
    assert telling([(0, 1), (1, 0), (1, 2), (0, 2)], set()) == {(0, 1), (1, 0), (1, 2), (0, 2)}
