"""The oracles of the MSI space: recorded arrays, and our modules filled with the weights that the recordings used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tests.oracles import fill

ORACLES = Path(__file__).parents[1] / "oracles"


def recorded(name: str) -> dict[str, np.ndarray]:
    """{array: values} of one oracle."""
    with np.load(ORACLES / f"{name}.npz", allow_pickle=False) as file:
        return dict(file)


def manifest(name: str) -> dict[str, tuple[int, ...]]:
    """{official key: shape} of one network of an oracle."""
    return {key: tuple(shape) for key, shape, *_ in json.loads((ORACLES / "manifests" / f"{name}.json").read_text())}


def filled(module: nn.Module, official: Callable[[str], str], shift: float = 0.0) -> nn.Module:
    """The module in float64 with the recipe's weights; `official` maps its keys. Alphas stay as they are."""
    module.double()
    with torch.no_grad():
        for key, value in module.state_dict().items():
            if not key.endswith("_arch_alpha"):
                value.copy_(torch.from_numpy(fill.fill_array(official(key), value.shape, shift=shift)))
    return module


def normal(seed: int, *shape: int) -> Tensor:
    """A standard normal input in float64."""
    return torch.from_numpy(fill.normal(seed, shape))


def objective(outputs: tuple[Tensor, ...], seed: int) -> Tensor:
    """The scalar whose gradients were recorded: sum of the outputs times seeded probes."""
    probes = [torch.from_numpy(fill.probe(seed + i, output.shape)) for i, output in enumerate(outputs)]
    return torch.stack([(o * p).sum() for o, p in zip(outputs, probes, strict=True)]).sum()


def deviation(ours: Tensor, recording: np.ndarray) -> float:
    """Greatest deviation relative to the greatest recorded value."""
    assert ours.shape == recording.shape
    return float(np.abs(ours.detach().numpy() - recording).max() / np.abs(recording).max())
