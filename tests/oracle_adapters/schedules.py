"""Learning rates per epoch: arrays retrain, search, arch, and the settings arch_adam of the alphas' optimiser."""

from dataclasses import replace

import torch
from torch import nn

from nasreid.optimisers import multistep
from tests.oracle_adapters import settings
from tests.oracle_adapters.oracle import Oracle


def run(oracle: Oracle) -> None:
    """The rates of the recipe for the official code; where the words of the entry give a base rate, from that one."""
    epochs = range(oracle.params["epochs"])
    for name in ("retrain", "search"):
        own = settings.weights(name)
        base = oracle.number(rf"\b{name}[^()]*\(base ([\d.]+)\)", own.lr)
        scheduled = replace(own, lr=base)
        rates = [scheduled.rate(epoch, len(epochs)) for epoch in epochs]
        oracle.check(name, rates)
    own = settings.alphas()
    base = oracle.number(r"\barch[^()]*\(base ([\d.]+)\)", own.lr)
    oracle.check("arch", [multistep(base, epoch, own.milestones or (), 0.1, own.warmup_epochs) for epoch in epochs])
    defaults = settings.alpha_optimiser([nn.Parameter(torch.zeros(1))]).defaults
    oracle.check("arch_adam", [*defaults["betas"], defaults["weight_decay"], defaults["eps"]])
