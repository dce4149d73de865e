"""The laws of a strategy; see `nasreid.experiments.laws`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import torch

from nasreid.experiments.laws.chance import shaken, untouched
from nasreid.experiments.laws.inputs import people
from nasreid.experiments.laws.law import about, keep, law, refused, require, same, some
from nasreid.experiments.laws.pipeline import check_pipeline
from nasreid.experiments.laws.planted import NAMES, codes, planted
from nasreid.experiments.laws.small_search import search
from nasreid.experiments.laws.states import state_of
from nasreid.plugins import construct
from nasreid.strategy import Part, Split, Strategy
from nasreid.training.engine import Budget
from nasreid.training.seeding import seeded

Make = Callable[[], Strategy]
PLANTED = "nasreid.experiments.laws.planted:Planted"


def laws_of_strategies(make: Make, seed: int = 0) -> list[partial[None]]:
    """All laws of a strategy. make(): a new one."""
    frame = people()
    laws = [partial(check_split, make, frame, seed), partial(check_parts, make, frame, seed),
            partial(check_luck, make, frame), partial(check_choice, make, seed)]
    if make().trained:
        laws += [partial(check_twins, make, frame, seed), partial(check_schedules, make)]
    laws.append(partial(check_pipeline, planted, PLANTED, {}, make, people(16), codes(people(16), seed)))
    return [*laws, partial(check_planted, make, seed)] if make().trained else laws


def check_strategy(make: Make, seed: int = 0) -> None:
    """All laws of a strategy; raises BrokenLaw. make(): a new one."""
    keep(laws_of_strategies(make, seed))


@law
def check_split(make: Make, frame: pd.DataFrame, seed: int = 0) -> None:
    """`split` follows from its generator alone, and changes neither the frame nor the state of the strategy."""
    strategy = make()
    before, given, found = state_of(strategy), frame.copy(), []
    for shake in (1, 2):
        with shaken(shake), untouched("split"):
            found.append(strategy.split(frame, np.random.default_rng(seed)))
        require(state_of(strategy) == before, "split changed the state of the strategy")
        require(frame.equals(given), "split changed the frame")
    for name, one, two in zip(("train", "validation"), *map(both, found), strict=True):
        require((one is None) == (two is None), f"the half {name} is there only once of two times")
        if one is not None and two is not None:
            require(np.array_equal(one.rows, two.rows), f"rows of the half {name}: another time {differing(one, two)}")
            require(np.array_equal(one.labels, two.labels), f"labels of the half {name}, the same seed once more")


@law
def check_parts(make: Make, frame: pd.DataFrame, seed: int = 0) -> None:
    """The halves of a split share no image, and the labels of each are 0..C-1, one for each identity."""
    parts = both(make().split(frame, np.random.default_rng(seed)))
    for name, part in zip(("train", "validation"), parts, strict=True):
        if part is not None:
            with about(f"the half {name}"):
                check_part(part, frame)
    rows, times = np.unique(np.concatenate([part.rows for part in parts if part is not None]), return_counts=True)
    require(bool((times == 1).all()), f"{int((times > 1).sum())} images are in it twice, such as row "
            f"{some(rows[times > 1], 1)}")


def check_part(part: Part, frame: pd.DataFrame) -> None:
    """Labels are 0..C-1, all of them there, one for each identity."""
    require(len(part.rows) == len(part.labels), f"{len(part.rows)} rows, {len(part.labels)} labels")
    require(bool(np.isin(part.rows, np.arange(len(frame))).all()), f"rows {part.rows.min()} to {part.rows.max()}; "
            f"expected 0 to {len(frame) - 1}")
    known = sorted(set(part.labels.tolist()))
    require(known == list(range(part.classes)), f"labels {some(known, 6)}; expected 0 to {part.classes - 1}, all")
    pairs = set(zip(part.labels.tolist(), frame["identity"].to_numpy()[part.rows].tolist(), strict=True))
    require(len(pairs) == part.classes == len({identity for _, identity in pairs}),
            f"{len(pairs)} pairs of label and identity; expected {part.classes}, one for each label")


@law
def check_luck(make: Make, frame: pd.DataFrame) -> None:
    """What a split leaves to luck it asks its generator: another seed divides the images otherwise.

    A split that is the same for every seed follows from the images: the same in another order of the rows.
    """
    turned = frame.iloc[::-1].reset_index(drop=True)
    first, *others = [paths(make().split(frame, np.random.default_rng(seed)), frame) for seed in range(8)]
    if all(one == first for one in others):
        again = paths(make().split(turned, np.random.default_rng(0)), turned)
        require(again == first, "8 seeds make the same split, and another order of the rows another")


@law
def check_choice(make: Make, seed: int = 0) -> None:
    """`choose` takes a candidate of every decision, and follows from its generator alone."""
    given, found = {"one": {"a": 0.2, "b": 0.8}, "two": {"c": 1.0}}, []
    for shake in (1, 2):
        with shaken(shake), untouched("choose"):
            found.append(make().choose({label: dict(row) for label, row in given.items()},
                                       np.random.default_rng(seed)))
    one, two = found
    require(one == two, f"{one} first, {two} with the same seed again")
    require(one.keys() == given.keys(), f"choices of {some(one)}; expected {some(given)}")
    for label, row in given.items():
        require(one[label] in row, f"choice {label!r} is {one[label]!r}, which is no candidate; expected {some(row)}")


@law
def check_twins(make: Make, frame: pd.DataFrame, seed: int = 0) -> None:
    """`objectives` follows from the seed, keeps the strategy as it is, and serves the architecture step if it has one.

    It has one where the split has images for it.
    """
    strategy = make()
    split = strategy.split(frame, np.random.default_rng(seed))
    before, states = state_of(strategy), []
    for shake in (1, 2):
        with shaken(shake), seeded(seed), untouched("objectives", torchs=False):
            twins = strategy.objectives(16, split)
        require(state_of(strategy) == before, "objectives changed the state of the strategy")
        require((twins.architecture is None) == (split.validation is None), "an objective of the architecture step "
                f"{twins.architecture}, images for it {'none' if split.validation is None else 'yes'}")
        states.append({name: value.clone() for name, value in twins.state_dict().items()})
    same(states[0], states[1], "the same seed, other objectives")


@law
def check_schedules(make: Make) -> None:
    """The temperature is positive in every epoch, and the learning rate of the alphas is not negative."""
    strategy = make()
    for epoch in range(4):
        temperature, rate = strategy.temperature(epoch, 4), strategy.architecture.rate(epoch, 4, (), 0.1)
        require(temperature > 0, f"temperature {temperature} in epoch {epoch} of 4")
        require(rate >= 0, f"rate {rate} in epoch {epoch} of 4")


@law
def check_planted(make: Make, seed: int = 0, epochs: int = 12) -> None:
    """A strategy that trains finds the candidates that make the loss zero, in a space where they are planted.

    See `nasreid.experiments.laws.planted`.
    """
    frame = people(16)
    choices, supernet, logs = search(planted, make(), frame, codes(frame, seed), Budget(epochs, 3, 2), seed=seed)
    for label, row in supernet.probabilities().items():
        shown = ", ".join(f"{name} {value:.2f}" for name, value in row.items())
        require(choices[label] == NAMES[0], f"{label} is {choices[label]}, planted is {NAMES[0]} ({shown})")
    for number, step in enumerate(logs):
        odd = [f"{name} is {value}" for name, value in step.items() if not np.isfinite(value)]
        require(not odd, f"step {number}: {some(odd)}")


@law
def check_architecture_arguments(cls: type[Strategy]) -> None:
    """The optimiser of the alphas, its schedule and its warm-up are arguments, and are refused by name."""
    asked = {"architecture_lr": 0.5, "architecture_betas": [0.4, 0.9], "architecture_weight_decay": 0.1,
             "architecture_milestones": [3], "architecture_warmup_epochs": 2, "architecture_optimiser": "sgd",
             "architecture_begin": 0.0}
    own = construct(cls, asked).architecture
    rates = [own.rate(epoch, 8, (1,), 7.0) for epoch in (0, 1, 2, 3)]
    require(bool(np.allclose(rates, [0.005, 0.2525, 0.5, 0.05])), f"the rates {rates}")
    made = own.make([torch.nn.Parameter(torch.ones(1))])
    require(isinstance(made, torch.optim.SGD), f"a {type(made).__name__}; expected SGD")
    require((made.defaults["momentum"], made.defaults["weight_decay"]) == (0.4, 0.1), f"{made.defaults}")
    followed = construct(cls, {"architecture_follow": True}).architecture.rate(7, 8, (1,), 7.0)
    require(followed == 7.0, f"the rate {followed}; expected that of the weights, 7.0")
    curved = {"architecture_lr": 1.0, "architecture_schedule": "cosine", "architecture_begin": 0.0}
    cosine = construct(cls, curved).architecture
    require(bool(np.isclose(cosine.rate(4, 8, ()), 0.5)), "cosine: half way is not half")
    for name in ("architecture_schedule", "architecture_optimiser"):
        refused(partial(construct, cls, {name: "none"}), [f"{name} 'none'"], name)


def both(split: Split) -> tuple[Part | None, Part | None]:
    """Its parts."""
    return split.train, split.validation


def paths(split: Split, frame: pd.DataFrame) -> list[set[str] | None]:
    """The images of each part."""
    return [None if part is None else set(frame["path"].iloc[part.rows]) for part in both(split)]


def differing(one: Part, two: Part) -> str:
    """How many rows of a part are not in another."""
    return f"{len(set(one.rows.tolist()) ^ set(two.rows.tolist()))} others"
