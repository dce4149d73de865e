"""Between the official names and ours: operations, weights, and the two numbers that stand for a large array."""

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from nasreid.spaces.msi_published import official_key
from tests.oracle_adapters.recipes import Unknown, fill

# official name: ours, in the order of a row of the official architecture weights
OPERATIONS = {"none": "none", "ag": "gate", "cross_att": "attention", "exc": "exchange"}
MEMORY = "_criterion.features"


def official_names(module: nn.Module, ours: str = "", official: str = "") -> dict[str, Tensor]:
    """{official key: parameter or buffer} of a module that has the prefix `ours` in the table of names.

    `official` is taken off again; architecture parameters have no official name.
    """
    found = {}
    for name, value in [*module.named_parameters(), *module.named_buffers()]:
        if "alpha" in name or name.endswith("noise"):
            continue
        key = official_key(f"{ours}.{name}" if ours else name)
        found[key.removeprefix(f"{official}.")] = value
    return found


@torch.no_grad()
def load(names: Mapping[str, Tensor], values: Mapping[str, np.ndarray]) -> None:
    """Copy values into the tensors of the same official names; none may be left over on either side."""
    if set(names) != set(values):
        ours, theirs = sorted(set(names) - set(values)), sorted(set(values) - set(names))
        raise Unknown(f"keys only ours {ours}, only official {theirs}")
    for key, tensor in names.items():
        if tuple(tensor.shape) != values[key].shape:
            raise Unknown(f"{key} has shape {tuple(tensor.shape)}, officially {values[key].shape}")
        tensor.copy_(torch.as_tensor(values[key]))


def gradient_rows(names: Mapping[str, Tensor], order: list[str]) -> np.ndarray:
    """(P, 2): norm of each parameter's gradient and its product with a fixed draw; NaN where there is none."""
    return np.array([_row(f"grad:{key}", names[key].grad) for key in order])


def state_rows(names: Mapping[str, Tensor], order: list[str]) -> np.ndarray:
    """(P, 2): norm of each entry of the state and its product with a fixed draw."""
    return np.array([_row(f"stat:{key}", names[key]) for key in order])


def ordered(manifest: list[tuple[str, tuple[int, ...]]], words: str) -> list[str]:
    """The official keys of the rows of an array, from the words of the recipe's `row_keys`."""
    keys = [key for key, _ in manifest]
    if words.startswith("parameters"):
        return [key for key in keys if not key.endswith(("running_mean", "running_var", "num_batches_tracked"))]
    if "running_mean/running_var" in words:
        return [key for key in keys if key.endswith(("running_mean", "running_var"))]
    if words.startswith("floating"):
        return [key for key in keys if not key.endswith("num_batches_tracked")]
    raise Unknown(f"row_keys {words!r} are not understood")


def _row(key: str, value: Tensor | None) -> tuple[float, float]:
    if value is None:
        return math.nan, math.nan
    array = value.detach().double().cpu().numpy()
    return float(np.linalg.norm(array)), float((array * fill.draw(key, array.shape)).sum())
