"""The laws of an objective's gradients; see `nasreid.experiments.laws`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from nasreid.batch import Batch
from nasreid.experiments.laws.inputs import embedded, embedding, fitting, images, leaves, ready
from nasreid.experiments.laws.law import law, require
from nasreid.experiments.laws.planted import WIDTH
from nasreid.mutation import relax
from nasreid.network.network import with_neck
from nasreid.objective import Objective
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace, choice


@law
def check_gradient(make: Callable[[], Objective], width: int = 16, classes: int = 4) -> None:
    """The gradients of an objective are finite, and those of finite differences in float64."""
    objective = ready(make(), width, classes)
    given, inputs = fitting(objective, classes), leaves(embedding(len(fitting(objective, classes)), width))
    for name, gradient in gradients(objective, inputs, given).items():
        require(gradient is None or bool(torch.isfinite(gradient).all()), f"gradient of {name} is not finite")

    def loss(*changed: Tensor) -> Tensor:
        return objective(embedded(changed), given)

    torch.autograd.gradcheck(loss, inputs, fast_mode=True)


@law
def check_reads(make: Callable[[], Objective], width: int = 16, classes: int = 4) -> None:
    """Gradients reach what an objective says that it reads: maps (`reads_maps`), neck (`reads_neck`), or anything."""
    objective = ready(make(), width, classes)
    given = fitting(objective, classes)
    reached = gradients(objective, leaves(embedding(len(given), width)), given)
    parts = {name for name, gradient in reached.items() if gradient is not None and bool(gradient.abs().sum() > 0)}
    own = "maps" if objective.reads_maps else "neck" if objective.reads_neck else ""
    require(any(own in name for name in parts), f"no gradient of {own or 'anything'}, but of {sorted(parts)}")


@law
def check_twins(make: Callable[[], Objective], width: int = 16, classes: int = 4) -> None:
    """Gradients stay finite where two images have the same vectors, neck and maps."""
    objective = ready(make(), width, classes)
    given = fitting(objective, classes)
    seen = embedding(len(given), width)
    alike = torch.arange(len(given))
    alike[:2] = 0
    inputs = [values.detach()[alike].requires_grad_() for values in leaves(seen)]
    for name, gradient in gradients(objective, inputs, given).items():
        require(gradient is None or bool(torch.isfinite(gradient).all()), f"gradient of {name} is not finite")


@law
def check_step(make: Callable[[], Objective], classes: int = 4) -> None:
    """Through a supernet an objective gives every decision a finite gradient, and one of them more than zero.

    The vectors, neck and maps are of width 16."""
    network = with_neck(cast(SearchSpace, Sample()), "bnneck")  # NNI's base class says less of what it constructs
    supernet = relax(network.space, Softmax())
    objective = ready(make(), WIDTH, classes)
    given = fitting(objective, classes)
    seen = network.double()(images(len(given), 8, 4).double(), given.modality)
    seen = replace(seen, local=seen)  # for those that look at the second feature
    alphas = supernet.alphas()
    found = torch.autograd.grad(objective(seen, given), list(alphas.values()), allow_unused=True)
    for label, gradient in zip(alphas, found, strict=True):
        require(gradient is not None and bool(torch.isfinite(gradient).all()), f"gradient of {label}: {gradient}")
    require(any(bool(gradient.abs().sum() > 0) for gradient in found), "the gradient of every decision is zero")


class Sample(SearchSpace):
    """Two decisions between a convolution and nothing, with maps that differ from place to place."""

    def __init__(self) -> None:
        super().__init__()
        self.width = WIDTH
        self.stem = nn.Conv2d(3, WIDTH, 1)
        self.slots = nn.ModuleList(
            choice(f"slot{number}", {"convolution": nn.Conv2d(WIDTH, WIDTH, 3, padding=1), "nothing": nn.Identity()})
            for number in (1, 2))

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> maps (N, 16, H, W)."""
        maps = self.stem(images)
        for slot in self.slots:
            maps = slot(maps)
        return maps


def gradients(objective: Objective, inputs: list[Tensor], given: Batch) -> dict[str, Tensor | None]:
    """{vectors, neck, maps, those of the local feature: gradient}."""
    loss = objective(embedded(inputs), given)
    names = [f"{part}{name}" for part in ("", "local ") for name in ("vectors", "neck", "maps")]
    return dict(zip(names, torch.autograd.grad(loss, inputs, allow_unused=True), strict=True))
