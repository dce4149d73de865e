"""The settings of the official code, as the shipped recipe `msinet-official` has them."""

from importlib.resources import files
from typing import Any

import torch
import yaml
from torch import nn

from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.plugins import construct
from nasreid.spaces.msi import MSI
from nasreid.strategies.tcm import TCM
from tests.oracle_adapters.names import OPERATIONS


def section(command: str) -> dict[str, Any]:
    """What the recipe says of `search` or `retrain`."""
    text = (files("nasreid.recipes") / "msinet-official.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)[command]


def supernet_space() -> MSI:
    """The space of the search, its operations in the official order."""
    return MSI(**section("search")["space_args"], operations=tuple(OPERATIONS.values()))


def retrained_space() -> MSI:
    """The space of the retraining."""
    return MSI(**{**section("search")["space_args"], **section("retrain")["space_args"]})


def strategy() -> TCM:
    """TCM with every departure of the official code from the paper."""
    return construct(TCM, section("search")["strategy_args"])


def objectives() -> list[dict[str, Any]]:
    """The losses of the retraining."""
    return section("retrain")["objectives"]


def weights(command: str) -> WeightOptimiser:
    """SGD of the weights in the search or in the retraining."""
    recipe = section(command)
    return WeightOptimiser(recipe["lr"], warmup_epochs=recipe["warmup_epochs"], milestones=tuple(recipe["milestones"]))


def alphas() -> ArchitectureOptimiser:
    """Adam of the alphas."""
    return strategy().architecture


def alpha_optimiser(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """Adam of the alphas, ready."""
    return alphas().make(parameters)
