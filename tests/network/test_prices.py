"""What candidates cost, against whole networks."""

import numpy as np
import pytest

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, freeze
from nasreid.network.build import open_space
from nasreid.network.cost import cost
from nasreid.network.prices import ROUNDS, Prices, prices
from tests.network.inside import Inside


@pytest.mark.parametrize("kind", ["multiply_adds", "parameters"])
def test_a_network_costs_what_its_candidates_cost(kind):
    space = open_space("Micro", {})
    found, rng = prices(space, kind, 32, 16, quiet=True), np.random.default_rng(0)
    for _ in range(4):
        choices = decisions(space).draw(rng)
        assert found.of(choices) == getattr(cost(freeze(space, choices), 32, 16), kind)


def test_so_does_one_with_a_decision_inside_a_candidate():
    space = Inside()
    found = prices(space, "multiply_adds", 8, 4, quiet=True)
    for choices in decisions(space).architectures():
        assert found.of(choices) == cost(freeze(space, choices), 8, 4).multiply_adds


def test_a_latency_is_what_the_clock_says(monkeypatch):
    ticks = iter(range(10_000))
    monkeypatch.setattr("time.perf_counter", lambda: 0.25 * next(ticks))
    found = prices(Inside(), "latency", 8, 4, quiet=True)
    assert found.base == 0.25
    assert found.extra["op"] == {"skip": 0.0, "conv": 0.0}
    assert next(ticks) >= 2 * ROUNDS


def test_prices_come_back_from_their_table(tmp_path):
    found = Prices("parameters", 7.0, {"a": {"x": 0.0, "None": 3.0}, "b": {"1": 0.5}})
    found.save(tmp_path / "prices.csv")
    assert Prices.load(tmp_path / "prices.csv") == found


def test_another_kind_is_refused():
    with pytest.raises(NasreidError, match=r"price 'multiply_add' \(did you mean 'multiply_adds'"):
        prices(Inside(), "multiply_add", 8, 4)
