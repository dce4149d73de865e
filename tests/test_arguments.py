from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pytest

from nasreid.arguments import checked
from nasreid.errors import NasreidError


@dataclass(frozen=True)
class Rate:
    lr: float = 0.1
    steps: Sequence[int] = (1, 2)


@dataclass(frozen=True)
class Order:
    first: bool = False


def function(count: int, share: float = 0.5, name: str | None = None, switch: bool = False,
             sizes: tuple[int, ...] = (), kind: Literal["a", "b"] = "a", rate: Rate = Rate(lr=0.3),
             order: Order = Order(), untyped=3):
    """Takes one of each kind."""


@pytest.mark.parametrize(("given", "expected"), [
    ({"count": "3"}, {"count": 3}),
    ({"count": 3, "share": "1e-3"}, {"count": 3, "share": 0.001}),
    ({"count": 3, "share": 1}, {"count": 3, "share": 1}),
    ({"count": 3, "name": r"[cC](\d+)"}, {"count": 3, "name": r"[cC](\d+)"}),
    ({"count": 3, "name": "no"}, {"count": 3, "name": "no"}),
    ({"count": 3, "name": "1e-3"}, {"count": 3, "name": "1e-3"}),
    ({"count": 3, "switch": "no"}, {"count": 3, "switch": False}),
    ({"count": 3, "switch": "true"}, {"count": 3, "switch": True}),
    ({"count": 3, "sizes": "[1, 2]"}, {"count": 3, "sizes": (1, 2)}),
    ({"count": 3, "untyped": "7"}, {"count": 3, "untyped": 7}),
    ({"count": 3, "rate_lr": "1e-2"}, {"count": 3, "rate": Rate(lr=0.01)}),
    ({"count": 3, "lr": 0.01, "first": True}, {"count": 3, "rate": Rate(lr=0.01), "order": Order(True)}),
    ({"count": 3, "rate": {"steps": [4]}}, {"count": 3, "rate": Rate(lr=0.3, steps=(4,))}),
    ({"count": 3, "rate": {"lr": 0.5}, "rate_steps": [4]}, {"count": 3, "rate": Rate(lr=0.5, steps=(4,))}),
    ({"count": 3, "rate": Rate(9.0)}, {"count": 3, "rate": Rate(9.0)}),
])  # fmt: skip
def test_options_as_the_function_takes_them(given, expected):
    found = checked(function, given)
    assert found == expected
    assert {name: type(value) for name, value in found.items()} == {n: type(value) for n, value in expected.items()}


@pytest.mark.parametrize(("given", "words"), [
    ({}, "function without count: expected count, which has no default"),
    ({"count": "x"}, "function: count is 'x'; expected a whole number"),
    ({"count": 1.5}, "count is 1.5; expected a whole number"),
    ({"count": True}, "count is True; expected a whole number"),
    ({"count": 1, 2: 1}, "has the argument 2; expected names that are text"),
    ({"count": 1, "shaer": 1}, r"has no argument 'shaer' \(did you mean 'share'\?\); expected count, share"),
    ({"count": 1, "rate_ls": 1}, r"has no argument 'rate_ls' \(did you mean 'rate_lr'\?\)"),
    ({"count": 1, "rate": {"step": 1}}, r"function: rate has no argument 'step' \(did you mean 'steps'\?\)"),
    ({"count": 1, "name": False}, r"name is False; expected text or nothing \(quoted, if it is meant as text\)"),
    ({"count": 1, "kind": "c"}, "kind is 'c'; expected a, b"),
    ({"count": 1, "sizes": ["x"]}, r"sizes is \['x'\]; expected a list"),
    ({"count": 1, "rate": 3}, "rate is 3; expected Rate"),
])  # fmt: skip
def test_what_it_does_not_take_is_refused_by_name(given, words):
    with pytest.raises(NasreidError, match=words):
        checked(function, given)


def test_context_fills_what_is_named_and_yields_to_what_is_given():
    assert checked(function, {}, count=4, unknown=5) == {"count": 4}
    assert checked(function, {"count": 2}, count=4) == {"count": 2}
