"""Which decisions exist for which choices: counted, listed, drawn and checked alike."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.mutation.tree import Decisions

NESTED = Decisions({"op": ["conv", "skip"], "kernel": ["3", "5"], "depth": ["1", "2"], "second": ["a", "b", "c"]},
                   {"kernel": [{"op": frozenset(["conv"])}], "second": [{"depth": frozenset(["2"])}]})


@st.composite
def trees(draw):
    """Up to five decisions, each of which may lie in candidates of earlier ones, in one or two places."""
    names = {f"d{i}": [f"{i}{c}" for c in "abc"[:draw(st.integers(1, 3))]] for i in range(draw(st.integers(1, 5)))}
    ways = {}
    for at, label in enumerate(names):
        earlier = list(names)[:at]
        if earlier and draw(st.booleans()):
            ways[label] = []
            for _ in range(draw(st.integers(1, 2))):
                parent = draw(st.sampled_from(earlier))
                inside = draw(st.sets(st.sampled_from(names[parent]), min_size=1))
                for outer in ways.get(parent, [{}]):
                    ways[label].append({**outer, parent: frozenset(inside)})
    return Decisions(names, ways), names, ways


@given(trees())
def test_the_architectures_are_all_products_without_what_does_not_exist(found):
    known, names, ways = found
    expected = set()
    for row in itertools.product(*names.values()):
        made = dict(zip(names, row, strict=True))
        expected.add(tuple((label, name) for label, name in made.items() if label not in ways or any(
            all(made[parent] in inside for parent, inside in way.items()) for way in ways[label])))
    listed = [tuple(choices.items()) for choices in known.architectures()]
    assert len(listed) == len(set(listed)) == known.count()
    assert set(listed) == expected
    for choices in known.architectures():
        known.check(choices)
    assert tuple(known.draw(np.random.default_rng(0)).items()) in expected


def test_without_nesting_the_last_decision_changes_fastest():
    known = Decisions({"a": ["x", "y"], "b": ["1", "2"]})
    assert [" ".join(choices.values()) for choices in known.architectures()] == ["x 1", "x 2", "y 1", "y 2"]
    assert known == {"a": ["x", "y"], "b": ["1", "2"]}


def test_large_spaces_are_counted_without_a_list():
    many = Decisions({f"op{i}": ["conv", "skip"] for i in range(100)} | {f"kernel{i}": ["3", "5"] for i in range(100)},
                     {f"kernel{i}": [{f"op{i}": frozenset(["conv"])}] for i in range(100)})
    assert many.count() == 3**100


@pytest.mark.parametrize(("choices", "words"), [
    ({"op": "conv", "depth": "1"},
     r"choice 'kernel' is missing; expected one of 3, 5 \(it exists where 'op' is conv\)"),
    ({"op": "skip", "kernel": "3", "depth": "1"},
     r"choice 'kernel' is '3', but there is no such decision here; expected none \(it exists where 'op' is conv\)"),
    ({"op": "skip", "depth": "2"}, r"choice 'second' is missing; expected one of a, b, c"),
    ({"op": "skip", "depth": "3"}, "choice 'depth' is '3': expected one of 1, 2"),
    ({"op": "skip", "depth": "1", "odd": "x"}, "choice 'odd' is not a decision of this space; expected one of depth"),
])
def test_a_choice_that_cannot_be_is_named(choices, words):
    with pytest.raises(NasreidError, match=words):
        NESTED.check(choices)


def test_places_that_cover_every_candidate_are_no_condition():
    known = Decisions({"a": ["x", "y"], "b": ["1"]}, {"b": [{"a": frozenset("x")}, {"a": frozenset("y")}]})
    assert known.ways == {}
    assert NESTED.exists("kernel", {"op": "conv"})
    assert not NESTED.exists("kernel", {})


def test_decisions_that_each_need_the_other_are_refused():
    circle = Decisions({"a": ["x", "z"], "b": ["y", "w"]}, {"a": [{"b": frozenset("y")}], "b": [{"a": frozenset("x")}]})
    with pytest.raises(NasreidError, match="decisions a, b each exist only where others of them are made"):
        circle.count()
