"""Arrays {op}_{case}_{a|b|dx1|dx2|d_KEY}: an interaction alone on a pair of maps."""

import numpy as np
import torch

from nasreid.spaces.msi import candidates
from tests.oracle_adapters.names import OPERATIONS, load, official_names
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_adapters.parameters import same


def run(oracle: Oracle) -> None:
    """Outputs, gradients of the inputs and of the parameters, for each size and operation."""
    for case, (images, width, *size) in enumerate(oracle.params["dims"]):
        for official, ours in OPERATIONS.items():
            if f"x1_{case}_{official}" in oracle.recipe["inputs"]:
                same("dims", (images, width, *size), oracle.input(f"x1_{case}_{official}").shape)
                _one(oracle, case, official, ours, width)


def _one(oracle: Oracle, case: int, official: str, ours: str, width: int) -> None:
    operation = candidates([ours], width)[ours].to(oracle.dtype)
    keys = official_names(operation, "space.cell1.interaction1", "cells.0._op2")
    manifest = f"op_{official}_{width}"
    if keys:
        values = oracle.weights(manifest, "eval")
        load(keys, values | {"gamma": np.array([oracle.params["gamma"]])} if "gamma" in values else values)
    x1, x2 = (oracle.tensor(f"x{side}_{case}_{official}").requires_grad_() for side in (1, 2))
    a, b = operation(x1, x2)
    scalar = oracle.objective({"a": a, "b": b}, i=case)
    gradients = torch.autograd.grad(scalar, [x1, x2, *keys.values()])
    names = ["a", "b", "dx1", "dx2", *(f"d_{key}" for key in keys)]
    for name, value in zip(names, [a, b, *gradients], strict=True):
        oracle.check(f"{official}_{case}_{name}", value)
