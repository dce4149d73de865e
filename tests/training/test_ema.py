"""The moving average of a state: the closed form, what takes part, and that it goes on from its own state."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nasreid.errors import NasreidError
from nasreid.training.ema import EMA


def module() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).double()


def walk(net: nn.Module, steps: int):
    for step in range(steps):
        net(torch.randn(5, 3, generator=torch.Generator().manual_seed(step)).double())
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(0.1)
        yield step


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 0.999), st.integers(1, 5))
def test_the_closed_form(decay, steps):
    net = module()
    ema, seen = EMA(net, decay), [{k: v.clone().double() for k, v in net.state_dict().items()}]
    for _ in walk(net, steps):
        ema.update(net)
        seen.append({k: v.clone().double() for k, v in net.state_dict().items()})
    weights = [decay**steps, *((1 - decay) * decay ** (steps - k) for k in range(1, steps + 1))]
    ema.write_back(net)
    for name, value in net.state_dict().items():
        expected = sum(w * s[name] for w, s in zip(weights, seen, strict=True))
        kept = dict(ema.named_buffers())[name.replace(".", "/")]
        torch.testing.assert_close(kept, expected)
        torch.testing.assert_close(value, kept.to(value.dtype))


def test_counters_and_statistics_take_part():
    net = module()
    ema = EMA(net, 0.5)
    for _ in walk(net, 3):
        ema.update(net)
    state = ema.state_dict()
    assert set(state) == {name.replace(".", "/") for name in net.state_dict()}
    assert state["1/num_batches_tracked"].item() == pytest.approx(3 - 1 + 0.5**3)
    ema.write_back(net)
    assert net.state_dict()["1.num_batches_tracked"].item() == 2


def test_it_goes_on_from_its_own_state():
    net = module()
    one = EMA(net, 0.9)
    for _ in walk(net, 2):
        one.update(net)
    other = EMA(module(), 0.9)
    other.load_state_dict(one.state_dict())
    for ema in (one, other):
        ema.update(net)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_an_impossible_decay_is_named(decay):
    with pytest.raises(NasreidError, match=f"decay={decay}; expected a number from 0 to below 1"):
        EMA(module(), decay)
