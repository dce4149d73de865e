"""Arrays {retrain|search}_{case}_{eval|train|d_alpha}: one cell, discrete and relaxed."""

import torch
from torch import Tensor, nn

from nasreid.mutation import freeze, relax
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace
from nasreid.spaces.msi import Cell
from nasreid.spaces.msi_published import LETTERS
from tests.oracle_adapters.names import OPERATIONS, load, official_names
from tests.oracle_adapters.oracle import Oracle


class OneCell(SearchSpace):
    """A space of a single cell; `images` are the maps (N, C, H, W) that go into it."""

    def __init__(self, channels: int, width: int, inner: int):
        super().__init__()
        self.width = width
        self.cell = Cell("cell1", channels, width, inner, 3, "sum", tuple(OPERATIONS.values()))

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """(N, C, H, W) -> (N, D, H, W)."""
        return self.cell(images)


def run(oracle: Oracle) -> None:
    """The discrete cell with a quarter of its output as inner width, the relaxed one with a quarter of its input."""
    for case, (channels, width, letters) in enumerate(oracle.params["cells"]):
        choices = {f"cell1.interaction{slot}": LETTERS[letter] for slot, letter in enumerate(letters, start=1)}
        discrete = freeze(OneCell(channels, width, width // 4), choices).to(oracle.dtype)
        for mode in ("eval", "train"):
            _check(oracle, f"retrain_{case}", discrete, case, mode)
        _relaxed(oracle, case, OneCell(channels, width, channels // 4))


def _relaxed(oracle: Oracle, case: int, space: OneCell) -> None:
    rows = oracle.tensor(f"alphas{case}")
    alphas = {f"cell1.interaction{slot}": row for slot, row in enumerate(rows, start=1)}
    supernet = relax(space, Softmax(), alphas).to(oracle.dtype)
    _check(oracle, f"search_{case}", supernet.space, case, "eval")
    scalar = oracle.objective({"y": _check(oracle, f"search_{case}", supernet.space, case, "train")}, i=case)
    gradients = torch.autograd.grad(scalar, list(supernet.alphas().values()))
    oracle.check(f"search_{case}_d_alpha", torch.stack(gradients))


def _check(oracle: Oracle, name: str, space: nn.Module, case: int, mode: str) -> Tensor:
    cell = space.get_submodule("cell")
    kind, _ = name.split("_")
    load(official_names(cell, "space.cell1", "cells.0"), oracle.weights(f"{kind}_cell{case}", mode))
    space.train(mode == "train")
    maps = space(oracle.tensor(f"x{case}"))
    oracle.check(f"{name}_{mode}", maps)
    return maps
