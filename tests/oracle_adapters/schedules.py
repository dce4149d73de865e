"""Learning rates per epoch: arrays retrain, search, arch, and the settings arch_adam of the alphas' optimiser."""

from nasreid.schedules import multistep
from tests.oracle_adapters import settings
from tests.oracle_adapters.oracle import Oracle


def run(oracle: Oracle) -> None:
    """The rates of the recipe for the official code; the base rates are in the words of the entry."""
    weights, alphas = settings.weights(), settings.alphas()
    stones = alphas.milestones or ()
    for epoch_rate, name in ((settings.RETRAIN_LR, "retrain"), (weights.lr, "search")):
        base = oracle.number(rf"\b{name}[^()]*\(base ([\d.]+)\)", epoch_rate)
        rates = [
            multistep(base, epoch, weights.stones(350), 0.1, weights.warmup(350), weights.warmup_factor)
            for epoch in range(oracle.params["epochs"])
        ]
        oracle.check(name, rates)
    base = oracle.number(r"\barch[^()]*\(base ([\d.]+)\)", alphas.lr)
    oracle.check("arch", [multistep(base, epoch, stones) for epoch in range(oracle.params["epochs"])])
    optimiser = settings.alpha_optimiser([]).defaults
    oracle.check("arch_adam", [*optimiser["betas"], optimiser["weight_decay"], optimiser["eps"]])
