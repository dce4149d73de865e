"""Nobody waits for a device between two looks at the losses: every space, strategy and objective, on one that tells."""

import numpy as np
import pytest
import torch
from torch import nn

from nasreid.data.batches.boxes import Box
from nasreid.data.batches.packed import ERASE_FILLS, Packed
from nasreid.data.batches.stream import PackedStep
from nasreid.experiments.laws.inputs import noise
from nasreid.optimisers import WeightOptimiser
from nasreid.plugins import construct, resolve
from nasreid.strategies.tcm import TCM
from nasreid.strategy import Order
from nasreid.training.engine import Budget, Engine
from nasreid.training.loop import Loop
from nasreid.training.named_objectives import exchange
from nasreid.training.search import Search
from nasreid.training.sources import Function
from nasreid.waits import read, sent
from tests.test_conformance import FRAME, SPACES, STRATEGIES, TERMS, TRAINED, maker
from tests.waiting import DEVICE, Waits, moved

ENGINE = Engine(device="cpu", quiet=True)
# what else a strategy may be, and how often its step waits: once for each draw that depends on the alphas
OTHERS = {"TCM official": ("TCM", {"split": "official", "start": "zeros", "renormalise": True}, 0),
          "TCM gumbel": ("TCM", {"relaxation": "GumbelReLU", "relaxation_args": {"hard": True}}, 0),
          "Gumbel samples": ("Gumbel", {"samples": 3, "relaxation_args": {"hard": True}}, 0),
          "Gumbel alone": ("Gumbel", {"relaxation_args": {"alone": True}, "paths": 4}, 5),
          "SinglePath drawn": ("SinglePath", {"uniform": False, "paths": 4, "architecture_begin": 0.0}, 5)}


def waits_of(space, strategy, term=None, steps=2):
    """Names of what waited in some steps on the device that tells."""
    run = Search(budget=Budget(2, 2, 2), optimiser=WeightOptimiser(0.02, warmup_epochs=0), engine=ENGINE)
    parts = run.parts(FRAME, space, strategy)
    if term is not None:
        parts.twins.__init__(*exchange(parts.network, parts.split, FRAME["identity"].to_numpy(), [term]).children())
    for objective, part in zip((parts.twins.weights, parts.twins.architecture), parts.split.parts(), strict=False):
        if objective.needs_start:
            objective.start(torch.randn(len(part.labels), parts.network.space.width), torch.tensor(part.labels))
    source = Function(parts.frame, noise(64, 32))
    moved(nn.ModuleList([parts.network, parts.twins]), parts.supernet)
    loop = Loop(parts.stepper(run.optimiser), parts.plan, parts.schedule(run.optimiser), 0)
    with Waits() as waits:
        for packed, _ in zip(ENGINE.steps(loop.plan, 0, *source.halves(parts.split)), range(steps), strict=False):
            shown = loop.step(packed.to(DEVICE))
            assert all(one.device == DEVICE for one in shown.logs.values() if isinstance(one, torch.Tensor))
    return waits.found


@pytest.mark.parametrize("strategy", TRAINED)
@pytest.mark.parametrize("space", [pytest.param(name, marks=pytest.mark.slow) if " " in name else name
                                   for name in SPACES])
def test_no_step_waits(space, strategy):
    made = construct(STRATEGIES[strategy], {"architecture_begin": 0.0})
    assert waits_of(maker(space), made, steps=1) == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_step_waits_only_for_a_draw_that_depends_on_the_alphas(name):
    strategy, arguments, number = OTHERS[name]
    made = construct(resolve(strategy, "strategies"), arguments)
    assert waits_of(maker("file"), made, steps=1) == ["a copy to the CPU"] * number


def test_no_step_waits_in_the_order_of_the_official_code():
    order = Order(architecture_first=True, skip_first=True, keep_validation_gradient=True, learn_inside=True)
    assert waits_of(maker("file"), TCM(order=order)) == []


@pytest.mark.parametrize("name", TERMS)
def test_no_objective_waits(name):
    assert waits_of(maker("file"), STRATEGIES["CEDarts"](), TERMS[name]) == []


def test_pictures_arrive_without_waiting():
    labels = torch.arange(2)
    packed = Packed(torch.zeros(2, 8, 4, 3, dtype=torch.uint8), [Box(0, 0, 2, 2), None], ERASE_FILLS["official"],
                    labels, labels)
    with Waits() as waits:
        there = PackedStep(0, 0, 0, packed).to(DEVICE)
    assert waits.found == []
    assert there.train.images.device == there.train.identities.device == DEVICE
    assert there.train.labels.tolist() == [0, 1]


def test_the_losses_of_many_steps_are_read_in_one_copy():
    rows = [{"loss": torch.tensor(0.1), "lr": 0.1}, {}, {"loss": torch.tensor(2.0, dtype=torch.float64)}]
    assert read(rows) == [{"loss": float(np.float32(0.1)), "lr": 0.1}, {}, {"loss": 2.0}]
    assert read([]) == []
    with Waits() as waits:
        read([{"loss": torch.zeros((), device=DEVICE), "norm": torch.zeros((), device=DEVICE)}] * 3)
    assert waits.found == ["a copy to the CPU"]


@pytest.mark.parametrize(("call", "found"), [
    (lambda x: float(x.sum()), "a number is read"), (lambda x: bool((x > 0).all()), "a number is read"),
    (lambda x: x.tolist(), "a copy to the CPU"), (lambda x: torch.zeros(3).to(x), "a copy from cpu to meta"),
    (lambda x: x.copy_(torch.zeros(3)), "a copy from cpu to meta"),
    (lambda x: x[torch.tensor([0, 1])], "aten.index.Tensor with torch.int64 on cpu"),
    (lambda x: x[[0, 1]], "an index in a list"), (lambda x: torch.tensor(1.0, device=DEVICE), "tensor on the device")])
def test_who_waits_is_found(call, found):
    with Waits() as waits:
        call(torch.zeros(3, device=DEVICE))
    assert waits.found == [found]


@pytest.mark.parametrize("call", [lambda x: x[x > 0], lambda x: x.unique(), lambda x: x.nonzero(),
                                  lambda x: torch.equal(x, x), lambda x: x + torch.zeros(3)])
def test_what_cannot_go_on_ends_there(call):
    with Waits(), pytest.raises((AssertionError, RuntimeError)):
        call(torch.zeros(3, device=DEVICE))


def test_what_is_sent_is_the_same():
    values = torch.arange(3)
    assert sent(values, "cpu") is values
