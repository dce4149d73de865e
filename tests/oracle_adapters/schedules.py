"""Learning rates per epoch: arrays retrain, search, arch, and the settings arch_adam of the alphas' optimiser."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from nasreid.optimisers import WeightOptimiser, multistep
from tests.oracle_adapters import settings
from tests.oracle_adapters.oracle import Oracle

MILESTONES = r"milestones?|steps"
WARMUP = r"warm(_?up)?(_?(steps?|epochs?|iters?))?"
FACTOR = r"(warm(_?up)?_?)?factor"


def run(oracle: Oracle) -> None:
    """The rates of the recipe for the official code, with what the parameters of the entry, or its words, change."""
    epochs = range(oracle.params["epochs"])
    for name in ("retrain", "search"):
        base = oracle.number(rf"\b{name}[^()]*\(base ([\d.]+)\)", settings.weights(name).lr, rf"{name}_lr|lr_{name}")
        scheduled = planned(oracle, replace(settings.weights(name), lr=base), name)
        oracle.check(name, [scheduled.rate(epoch, len(epochs)) for epoch in epochs])
    own = settings.alphas()
    base = oracle.number(r"\barch[^()]*\(base ([\d.]+)\)", own.lr, "arch_lr|lr_arch")
    stones: Sequence[int] = oracle.params.named(r"arch_milestones|milestones_arch") or own.milestones or ()
    oracle.check("arch", [multistep(base, epoch, stones, 0.1, own.warmup_epochs) for epoch in epochs])
    defaults = settings.alpha_optimiser([nn.Parameter(torch.zeros(1))]).defaults
    oracle.check("arch_adam", [*defaults["betas"], defaults["weight_decay"], defaults["eps"]])


def planned(oracle: Oracle, optimiser: WeightOptimiser, name: str = "") -> WeightOptimiser:
    """The optimiser with the milestones and the warm-up of the parameters, where they give any.

    Those of the run `name` alone come before those of all runs.
    """
    def given(pattern: str) -> Any:
        own = oracle.params.named(rf"{name}_({pattern})|({pattern})_{name}") if name else None
        return oracle.params.named(pattern) if own is None else own

    stones, epochs, factor = given(MILESTONES), given(WARMUP), given(FACTOR)
    if stones is not None:
        optimiser = replace(optimiser, milestones=tuple(stones))
    if epochs is not None:
        optimiser = replace(optimiser, warmup_epochs=epochs)
    return optimiser if factor is None else replace(optimiser, warmup_factor=factor)
