"""The cost of a network as a part of the loss that moves the alphas."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.mutation import decisions, relax
from nasreid.network.prices import Prices, prices
from nasreid.relaxation import SinglePath, Softmax
from nasreid.training.paths import judge
from nasreid.training.price import Price, Pricing
from tests.network.inside import Inside


def made(relaxation, weight=2.0):
    found = prices(Inside(), "multiply_adds", 8, 4, quiet=True)
    supernet = relax(Inside(), relaxation, {"op": torch.tensor([0.3, -0.2]), "kernel": torch.tensor([0.5, 0.1])})
    return supernet, Price(found, weight), found


def test_the_expectation_is_that_over_all_networks():
    supernet, price, found = made(Softmax())
    chances = supernet.probabilities()
    total = whole = 0.0
    for choices in decisions(Inside()).architectures():
        total += found.of(choices) * float(np.prod([chances[label][name] for label, name in choices.items()]))
        whole += found.of(choices) * 0.5 ** len(choices)
    assert float(price.expected(supernet).detach()) == pytest.approx(2.0 * total / whole, rel=1e-6)


def test_the_gradient_leads_to_the_cheaper_candidate():
    supernet, price, _ = made(Softmax())
    price.expected(supernet).backward()
    for label, cheaper in {"op": 0, "kernel": 0}.items():
        gradient = supernet.alphas()[label].grad
        assert gradient is not None
        assert int(gradient.argmin()) == cheaper  # descent raises it
        assert float(gradient.sum()) == pytest.approx(0, abs=1e-7)


def test_paths_pay_for_what_they_are():
    supernet, price, found = made(SinglePath())
    supernet.train()
    cost = {name: price.drawn(supernet, {"op": at, "kernel": 0} if at else {"op": 0})
            for at, name in enumerate(["skip", "conv"])}
    ratio = found.of({"op": "conv", "kernel": "one"}) / found.of({"op": "skip"})
    assert cost["conv"] / cost["skip"] == pytest.approx(ratio)
    generator = torch.Generator().manual_seed(0)

    def run():
        supernet.draw(1.0, generator)
        return torch.tensor(1.0)

    assert float(judge(supernet, run, 32, price)) == 1.0  # the loss that is told has no price
    gradient = supernet.alphas()["op"].grad
    assert gradient is not None
    assert float(gradient[1]) > 0 > float(gradient[0])


@pytest.mark.parametrize(("options", "words"), [
    ({"price": "latencies"}, r"price 'latencies' \(did you mean 'latency'"), ({"price_weight": -1.0}, "price_weight")])
def test_what_cannot_be_paid_is_refused(options, words):
    with pytest.raises(NasreidError, match=words):
        Pricing(**options)


def test_a_run_goes_on_with_the_prices_that_it_began_with(tmp_path):
    asked = Pricing("latency")
    first = asked.prices(Inside, 8, 4, True, tmp_path / "prices.csv")
    assert asked.prices(lambda: pytest.fail("measured again"), 8, 4, True, tmp_path / "prices.csv") == first
    assert Pricing().prices(lambda: pytest.fail("nobody pays"), 8, 4) is None


def test_networks_that_cost_nothing_have_no_price():
    supernet, _, _ = made(Softmax())
    free = Price(Prices("multiply_adds", 0.0, {"op": {"skip": 0.0, "conv": 0.0}, "kernel": {"one": 0.0, "three": 0.0}}),
                 1.0)
    with pytest.raises(NasreidError, match="an average network costs 0 multiply_adds"):
        free.expected(supernet)
