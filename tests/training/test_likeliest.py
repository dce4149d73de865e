"""The most probable architecture within limits, against all of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import noise, people
from nasreid.genotype import Genotype
from nasreid.mutation import Decisions
from nasreid.network.build import built
from nasreid.network.cost import cost
from nasreid.network.prices import Prices
from nasreid.training import likeliest
from nasreid.training.engine import Budget, Engine
from nasreid.training.likeliest import Likeliest
from nasreid.training.limits import Limits
from nasreid.training.search import Search

NAMES = {"inside": ["x", "y"], "op": ["a", "b", "c"], "more": ["l", "m"]}
KNOWN = Decisions(NAMES, {"inside": [{"op": frozenset(["b", "c"])}]})  # the parent comes after its child


def rows(values):
    flat = iter(values)
    return {label: {name: next(flat) for name in names} for label, names in NAMES.items()}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 1), min_size=7, max_size=7), st.lists(st.integers(-9, 9), min_size=7, max_size=7),
       st.integers(-20, 40))
def test_it_is_the_best_of_all_that_keep_the_limit(chances, extras, most):
    chances, price = rows(chances), Prices("parameters", 10.0, rows(map(float, extras)))
    dear = lambda choices: None if price.of(choices) <= most else f"{price.of(choices)}"  # noqa: E731
    kept = [one for one in KNOWN.architectures() if dear(one) is None]
    worth = lambda one: math.prod(chances[label][name] for label, name in one.items())  # noqa: E731
    for costs in ([(price, most)], []):  # told beforehand what candidates cost, or only of the whole
        take = Likeliest(KNOWN, dear, costs)
        if not kept:
            with pytest.raises(NasreidError, match="no architecture keeps the limits"):
                take(chances)
            continue
        found = take(chances)
        assert dear(found) is None
        assert worth(found) == pytest.approx(max(map(worth, kept)))


def test_of_more_parts_than_are_kept_the_less_probable_are_left_out(monkeypatch):
    monkeypatch.setattr(likeliest, "MOST", 2)
    chances = rows([0.4, 0.6, 0.5, 0.3, 0.2, 0.9, 0.1])
    assert Likeliest(KNOWN, lambda choices: None)(chances) == {"op": "a", "more": "l"}


def test_decisions_that_wait_for_each_other_in_one_way_of_two_are_put_in_the_order_that_is_there():
    """Each of two has a way through the other, and one that does not need it: which one is first, the root decides."""
    ways = {"one": [{"root": frozenset(["l"])}, {"two": frozenset(["y"])}],
            "two": [{"root": frozenset(["m"])}, {"one": frozenset(["x"])}]}
    known = Decisions({"root": ["l", "m"], "one": ["x", "z"], "two": ["y", "w"]}, ways)
    chances = {"root": {"l": 0.4, "m": 0.6}, "one": {"x": 0.9, "z": 0.1}, "two": {"y": 0.7, "w": 0.3}}
    assert Likeliest(known, lambda choices: None)(chances) == {"root": "m", "two": "y", "one": "x"}


def test_decisions_that_only_wait_for_each_other_are_refused():
    known = Decisions({"one": ["x", "z"], "two": ["y", "w"]}, {"one": [{"two": frozenset(["y"])}],
                                                              "two": [{"one": frozenset(["x"])}]})
    with pytest.raises(NasreidError, match="each exist only where others of them are made"):
        Likeliest(known, lambda choices: None)({label: dict.fromkeys(names, 0.5) for label, names in known.items()})


MICRO = {"space": "Micro", "space_args": {"width": 4, "slots": [1, 1]}, "seed": 1, "budget": Budget(1, 4, 2, 32, 16),
         "strategy": "CEDarts", "engine": Engine(device="cpu", quiet=True, draw=False)}


def counted(choices):
    return cost(built(Genotype("Micro", MICRO["space_args"], choices)), 32, 16)


def test_a_search_takes_what_keeps_its_limits():
    frame = people(8)
    free = Search(**MICRO).search(frame, noise())
    dear = counted(free.genotype.choices)
    limits = Limits(dear.parameters - 1, dear.multiply_adds)
    found = Search(**MICRO, limits=limits).search(frame, noise())
    assert found.probabilities == free.probabilities
    kept = counted(found.genotype.choices)
    assert kept.parameters < dear.parameters
    assert kept.multiply_adds <= dear.multiply_adds


@pytest.mark.parametrize(("told", "words"), [
    ({"limits": Limits(None, 9)}, "no architecture keeps the limits: the cheapest has [0-9,]+ multiply-adds where 9 "),
    ({"limits": Limits(9**9), "strategy": "Random"}, "strategy 'Random' with take last: the most probable network"),
    ({"limits": Limits(9**9), "take": "perturb"}, "take perturb: the most probable network within a limit")])
def test_what_cannot_keep_a_limit_is_refused_before_the_search(told, words):
    with pytest.raises(NasreidError, match=words):
        Search(**{**MICRO, **told}).parts(people(8))
