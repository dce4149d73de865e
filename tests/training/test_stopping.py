"""Candidates that stop learning: planted gradients, a restart, and what a search does with it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.laws.inputs import noise, people
from nasreid.mutation import relax
from nasreid.relaxation import Softmax
from nasreid.training.engine import Budget, Engine
from nasreid.training.search import Search
from nasreid.training.stopping import Stopped, Stopping, owners
from tests.spaces_for_tests import Tiny

MICRO = {"space": "Micro", "space_args": {"width": 4, "slots": [1, 1]}, "seed": 1, "budget": Budget(2, 4, 2, 32, 16),
         "engine": Engine(device="cpu", quiet=True, draw=False)}


def planted(window=4, least=0.3):
    weights = {name: [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))] for name in ("good", "bad", "idle")}
    return weights, Stopped(weights, least, window)


def iteration(weights, watch, angle):
    """Both steps: gradients of `good` agree, those of `bad` have this cosine, `idle` has none in one of the steps."""
    one, two = torch.tensor([3.0, 0.0]), 5 * torch.tensor([angle, (1 - angle**2) ** 0.5])
    for good, bad, idle in ((one, one, one), (2 * one, two, None)):
        for name, gradient in (("good", good), ("bad", bad), ("idle", idle)):
            weights[name][0].grad = gradient
        watch.take()


def test_a_candidate_stops_where_the_mean_over_a_window_is_below():
    weights, watch = planted()
    for angle in (0.9, -0.5, 0.9, -0.5):  # 0.2 in the mean, once above and once below
        assert watch.number() == 0
        iteration(weights, watch, angle)
    assert watch.stopped.tolist() == [False, True, False]
    assert {id(weight) for weight in watch.off()} == {id(weight) for weight in weights["bad"]}
    assert {id(weight) for weight in watch.watched()} == {id(w) for name in ("good", "idle") for w in weights[name]}
    assert all(weight.grad is None for some in weights.values() for weight in some)


def test_above_it_learns_on_and_a_stop_is_for_good():
    weights, watch = planted(window=2)
    for angle in (0.5, 0.2):  # 0.35
        iteration(weights, watch, angle)
    assert watch.number() == 0
    for angle in (-1.0, -1.0, 1.0, 1.0):
        iteration(weights, watch, angle)
    assert watch.stopped.tolist() == [False, True, False]


def test_a_restart_goes_on_inside_a_window():
    weights, watch = planted()
    for angle in (-0.5, -0.5):
        iteration(weights, watch, angle)
    again = Stopped(weights, 0.3, 4)
    again.load_state_dict(watch.state_dict())
    for angle in (0.9, 0.9):
        iteration(weights, watch, angle)
        iteration(weights, again, angle)
    assert again.state_dict().keys() == watch.state_dict().keys()
    assert all(torch.equal(value, watch.state_dict()[name]) for name, value in again.state_dict().items())
    assert again.number() == watch.number() == 1


def test_owners_are_the_candidates_with_weights():
    found = owners(relax(Tiny(), Softmax()))
    assert found
    assert all(weights for weights in found.values())
    assert {name.partition("=")[0] for name in found} == {f"blocks.{i}" for i in range(3)}


@pytest.mark.parametrize("first", [False, True])
def test_what_stopped_keeps_its_weights_and_the_others_move(first):
    frame = people(8)
    images = noise()
    told = {"strategy": "CEDarts", "strategy_args": {"architecture_first": first}}
    found = Search(**MICRO, **told, stopping=Stopping(1.0, 1)).search(frame, images)  # all stop after one step
    plain = Search(**MICRO, **told).search(frame, images, steps=1)
    logs = found.history.metrics
    assert set(logs[logs["name"] == "stopped"]["value"]) == {6.0}  # gate, conv3 and conv3-in of two slots
    named = dict(found.parts.network.named_parameters())
    for name, weight in plain.parts.network.named_parameters():
        if "conv3" in name and not name.endswith("alpha"):
            torch.testing.assert_close(named[name], weight, msg=name)
    stem = next(name for name in named if "stem" in name)
    assert not torch.equal(named[stem], dict(plain.parts.network.named_parameters())[stem])


@pytest.mark.parametrize(("told", "words"), [
    ({"strategy": "Gumbel"}, "a search of one level"), ({"strategy": "SinglePath"}, "drawn paths"),
    ({"strategy": "TCM", "strategy_args": {"architecture_first": True, "keep_validation_gradient": True}},
     "keep_validation_gradient")])
def test_where_there_are_no_two_gradients_it_is_refused(told, words):
    with pytest.raises(NasreidError, match=f"stop_below is 0.3, which compares .*expected none with {words}"):
        Search(**MICRO, **told, stopping=Stopping(0.3)).parts(people(8))


def test_numbers_are_refused_by_name():
    with pytest.raises(NasreidError, match="stop_below is 2"):
        Stopping(2.0)
    with pytest.raises(NasreidError, match="stop_window is 0"):
        Stopping(0.3, 0)
