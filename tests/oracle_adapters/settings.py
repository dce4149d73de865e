"""The settings of the official code, as nasreid's own objects."""

from collections.abc import Iterable

import torch
from torch import nn

from nasreid.stepper import adam
from nasreid.strategies.tcm import TCM
from nasreid.strategy import ArchitectureOptimiser, WeightOptimiser

RETRAIN_LR = 0.065
RETRAIN_OBJECTIVES = (
    {"objective": "CrossEntropy", "args": {"smoothing": 0.1, "bias": True, "std": 0.01}},
    {"objective": "Triplet", "args": {"margin": 0.3}},
)


def strategy() -> TCM:
    """TCM with every departure of the official code from the paper."""
    return TCM(split="official", start="zeros", renormalise=True, architecture_first=True, skip_first=True,
               keep_validation_gradient=True, learn_inside=True, architecture_betas=(0.5, 0.999),
               architecture_weight_decay=1e-3, architecture_milestones=(150, 225, 350))  # fmt: skip


def weights() -> WeightOptimiser:
    """SGD of the weights in the search."""
    return WeightOptimiser()


def alphas() -> ArchitectureOptimiser:
    """Adam of the alphas."""
    return strategy().architecture


def alpha_optimiser(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """Adam of the alphas, ready."""
    settings = alphas()
    return adam(list(parameters) or [nn.Parameter(torch.zeros(1))], settings.lr, settings.betas, settings.weight_decay)
