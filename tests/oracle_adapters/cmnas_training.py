"""CM-NAS trains: steps with the moving average (losses, state_after, ema_after, ema_nbt), and rates per epoch (lr)."""

from dataclasses import replace
from importlib.resources import files
from typing import Any, cast

import numpy as np
import torch
import yaml
from torch import Tensor, nn

from nasreid.mutation import freeze
from nasreid.objectives.c3mmd import C3MMD
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.optimisers import WeightOptimiser
from nasreid.spaces.bn_separation import BNSeparation
from nasreid.spaces.bn_separation_published import PUBLISHED, choices_of
from nasreid.strategy import Twins
from nasreid.training.ema import EMA
from nasreid.training.named_objectives import compose
from nasreid.training.stepper import Stepper, set_lr
from tests.oracle_adapters.cmnas_net import Classified, both, fill
from tests.oracle_adapters.cross_modality import halves
from tests.oracle_adapters.names import ordered, state_rows
from tests.oracle_adapters.networks import classes, manifest_of
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.schedules import planned

NUMBER = r"(\d*\.?\d+(?:e-?\d+)?)"


def steps(oracle: Oracle) -> None:
    """The official training, step by step."""
    weights = manifest_of(oracle)
    model = Classified(freeze(BNSeparation(), choices_of(_bits(oracle))), classes(oracle, weights)).to(oracle.dtype)
    objective = compose(objectives(oracle), model.network, classes(oracle, weights)).to(oracle.dtype)
    parts = {type(part): part for part in objective.modules()}
    model.objective = cast(CrossEntropy, parts[CrossEntropy])
    fill(oracle, model, weights, "train")
    head = [*model.network.neck.parameters(), *objective.parameters()]
    stepper = Stepper(model.network, Twins(objective),
                      _optimiser(oracle).make(model.network.space.parameters(), head))  # fmt: skip
    average = EMA(model, oracle.number(rf"EMA decay {NUMBER}", 0.9, "ema|ema_decay"))
    losses = []
    for step in range(oracle.params["steps"]):
        identities = oracle.tensor(f"labels{step}")
        oracle.params.agree("ids", len(identities.unique()))
        with _Watch(parts) as watch:
            total = stepper.step(halves(identities, both(oracle, str(step))[0]))["loss"]
        losses.append([total, *watch.values])
        average.update(model)
    oracle.check("losses", losses)
    _state(oracle, model, average, weights)


def _bits(oracle: Oracle) -> str:
    """The 53 bits of the parameters' configuration, by name or in full."""
    bits = oracle.params.get("bits") or oracle.recipe.get("bits")
    name = oracle.params.get("config")
    if isinstance(bits, dict):
        return bits[name]
    return bits or PUBLISHED[f"cm-nas-{name}"]


def objectives(oracle: Oracle) -> list[dict[str, Any]]:
    """The losses of the recipe; the groups of CMMD are the k images that the batch has of each identity."""
    images = oracle.params.get("k")
    return [term if term["objective"] != "C3MMD" or images is None
            else {**term, "args": {**term["args"], "images": images}} for term in _recipe()["objectives"]]


def _optimiser(oracle: Oracle) -> WeightOptimiser:
    own = _weights()
    rate = oracle.number(rf"lr {NUMBER} for the backbone", own.lr, "lr|lr_backbone")
    head = oracle.number(rf"{NUMBER} for bnneck", own.head_factor * rate, "lr_head|head_lr")
    return replace(own, lr=rate, head_factor=head / rate,
                   momentum=oracle.number(rf"betas \({NUMBER}", own.momentum, "momentum"),
                   weight_decay=oracle.number(rf"weight decay {NUMBER}", own.weight_decay, "weight_decay|wd"))


def _state(oracle: Oracle, model: Classified, average: EMA, weights: str) -> None:
    # what a network does not use is in no network of ours, and officially it does not change
    unused = {key: oracle.cast(value) for key, value in oracle.weights(weights, "train").items()}
    order = ordered(oracle.manifest(weights), oracle.recipe["row_keys"]["state_after"])
    shadow = {_key(model, name): value for name, value in average.named_buffers()}
    oracle.check("state_after", state_rows(unused | model.names(), order))
    oracle.check("ema_after", state_rows(unused | shadow, order))
    oracle.check("ema_nbt", shadow["bnneck.num_batches_tracked"])


def _key(model: Classified, shadow: str) -> str:
    name = shadow.replace("/", ".")
    return name.removeprefix("objective.") if name.startswith("objective.") else model.key(
        name.removeprefix("network."))


class _Watch:
    """values: cross-entropy, triplet, correlation consistency and CMMD of the next step."""

    def __init__(self, parts: dict[type, nn.Module]):
        c3mmd = cast(C3MMD, parts[C3MMD])
        triplet = next(part for kind, part in parts.items() if kind.__name__ == "CrossModalityTriplet")
        self.watched = [parts[CrossEntropy], triplet, c3mmd.correlation, c3mmd.cmmd]
        self.values: list[float] = []

    def __enter__(self) -> "_Watch":
        self.values = [0.0] * len(self.watched)
        self.hooks = [part.register_forward_hook(self._hook(at)) for at, part in enumerate(self.watched)]
        return self

    def __exit__(self, *error: Any) -> None:
        for hook in self.hooks:
            hook.remove()

    def _hook(self, at: int) -> Any:
        def keep(part: nn.Module, given: Any, value: Tensor) -> None:
            self.values[at] = float(value.detach())

        return keep


def schedules(oracle: Oracle) -> None:
    """The rates of the recipe, in the groups of its optimiser: backbone, then BNNeck and classifier."""
    own = planned(oracle, _weights())
    base = oracle.number(rf"backbone \(base {NUMBER}\)", own.lr, "lr|lr_backbone|base")
    head = oracle.number(rf"classifier \(base {NUMBER}\)", base * own.head_factor, "lr_head|head_lr")
    scheduled, epochs = replace(own, lr=base, head_factor=head / base), oracle.params["epochs"]
    made = scheduled.make(*([nn.Parameter(torch.zeros(1))] for _ in range(2)))
    rates = np.zeros((epochs, 2))
    for epoch in range(epochs):
        set_lr(made, scheduled.rate(epoch, epochs))
        rates[epoch] = [group["lr"] for group in made.param_groups]
    oracle.check("lr", rates)


def _recipe() -> dict[str, Any]:
    text = (files("nasreid.recipes") / "cm-nas-official.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["retrain"]


def _weights() -> WeightOptimiser:
    recipe = _recipe()
    return WeightOptimiser(recipe["lr"], recipe["momentum"], recipe["weight_decay"], recipe["warmup_epochs"],
                           milestones=tuple(recipe["milestones"]), kind=recipe["optimiser"],
                           head_factor=recipe["head_factor"])
