"""The laws of a strategy; see tests/conformance.py."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch

from nasreid.plugins import construct
from nasreid.strategy import Part, Strategy
from nasreid.training.engine import Budget
from nasreid.training.seeding import seeded
from tests.laws_of_objectives import refused, same
from tests.planted import NAMES, Planted, codes
from tests.small_search import people, search


def check_strategy(make: Callable[[], Strategy], seed: int = 0) -> None:
    """All laws of a strategy. make(): a new one."""
    check_split(make(), people(), seed)
    check_choice(make(), seed)
    if make().trained:
        check_twins(make(), people(), seed)
        check_planted(make(), seed)


def check_split(strategy: Strategy, frame: pd.DataFrame, seed: int = 0) -> None:
    """`split` changes no state, follows from the seed, shares no image between parts, and labels are 0..C-1."""
    before, given = pickle.dumps(strategy), frame.copy()
    one, two = (strategy.split(frame, np.random.default_rng(seed)) for _ in range(2))
    assert pickle.dumps(strategy) == before
    pd.testing.assert_frame_equal(frame, given)
    parts, again = (s.parts() for s in (one, two))
    for part, twin in zip(parts, again, strict=True):
        assert np.array_equal(part.rows, twin.rows)
        assert np.array_equal(part.labels, twin.labels)
        check_part(part, frame)
    rows = np.concatenate([part.rows for part in parts])
    assert len(set(rows.tolist())) == len(rows)


def check_part(part: Part, frame: pd.DataFrame) -> None:
    """Labels are 0..C-1, all of them there, one for each identity."""
    assert sorted(set(part.labels.tolist())) == list(range(part.classes))
    pairs = set(zip(part.labels.tolist(), frame["identity"].to_numpy()[part.rows].tolist(), strict=True))
    assert len(pairs) == part.classes == len({identity for _, identity in pairs})


def check_twins(strategy: Strategy, frame: pd.DataFrame, seed: int = 0) -> None:
    """`objectives` changes no state, follows from the seed, and has one for the architecture step if it has images."""
    split = strategy.split(frame, np.random.default_rng(seed))
    before, states = pickle.dumps(strategy), []
    for _ in range(2):
        with seeded(seed):
            twins = strategy.objectives(16, split)
        states.append({name: value.clone() for name, value in twins.state_dict().items()})
    assert pickle.dumps(strategy) == before
    assert same(*states)
    assert (twins.architecture is None) == (split.validation is None)
    for epoch in range(4):
        assert strategy.temperature(epoch, 4) > 0
        assert strategy.architecture.rate(epoch, 4, (), 0.1) >= 0


def check_choice(strategy: Strategy, seed: int = 0) -> None:
    """`choose` takes a candidate of every decision and follows from the seed."""
    given = {"one": {"a": 0.2, "b": 0.8}, "two": {"c": 1.0}}
    one, two = (strategy.choose(given, np.random.default_rng(seed)) for _ in range(2))
    assert one == two
    assert all(one[label] in row for label, row in given.items())
    assert one.keys() == given.keys()


def check_architecture_arguments(cls: type[Strategy]) -> None:
    """The optimiser of the alphas, its schedule and its warm-up are arguments, and are refused by name."""
    asked = {"architecture_lr": 0.5, "architecture_betas": [0.4, 0.9], "architecture_weight_decay": 0.1,
             "architecture_milestones": [3], "architecture_warmup_epochs": 2, "architecture_optimiser": "sgd"}
    own = construct(cls, asked).architecture
    rates = [own.rate(epoch, 8, (1,), 7.0) for epoch in (0, 1, 2, 3)]
    np.testing.assert_allclose(rates, [0.005, 0.2525, 0.5, 0.05])
    made = own.make([torch.nn.Parameter(torch.ones(1))])
    assert isinstance(made, torch.optim.SGD)
    assert (made.defaults["momentum"], made.defaults["weight_decay"]) == (0.4, 0.1)
    assert construct(cls, {"architecture_lr": None}).architecture.rate(3, 8, (1,), 7.0) == 7.0
    cosine = construct(cls, {"architecture_lr": 1.0, "architecture_schedule": "cosine"}).architecture
    np.testing.assert_allclose(cosine.rate(4, 8, ()), 0.5)
    for name in ("architecture_schedule", "architecture_optimiser"):
        refused(lambda name=name: construct(cls, {name: "none"}), [f"{name} 'none'"])


def check_planted(strategy: Strategy, seed: int = 0, epochs: int = 12) -> None:
    """A strategy that trains finds the candidates that make the loss zero (see `tests.planted`)."""
    frame = people(16)
    choices, supernet, logs = search(Planted, strategy, frame, codes(frame, seed), Budget(epochs, 3, 2), seed=seed)
    assert set(choices.values()) == {NAMES[0]}, supernet.probabilities()
    assert all(np.isfinite(value) for step in logs for value in step.values())
