"""The law of a cheaper mix: it is the plain sum of the candidates; see `nasreid.experiments.laws`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from nasreid.experiments.laws.inputs import images
from nasreid.experiments.laws.law import about, close, law, require
from nasreid.experiments.laws.served import served, with_numbers
from nasreid.mutation import Supernet, decisions, relax
from nasreid.mutation.mixed import MixedChoice
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace
from nasreid.training.seeding import seeded

Make = Callable[[], SearchSpace]
Mask = Sequence[bool] | None  # infrared or not, image by image; None: the data know no modalities
SEVERAL = (False, True, True, False, True)
MASKS: tuple[Mask, ...] = (SEVERAL, (True,) * 5, None)


@law
def check_mix(make: Make, masks: Sequence[Mask] = MASKS, seed: int = 0, tolerance: float = 1e-10,
              whole: float = 1e-7) -> None:
    """A cheaper `mix` equals the plain sum of the candidates: values, every gradient, and buffers, in float64.

    tolerance: of each decision on what it gets; whole: of the supernet, in which rounding errors grow from layer to
    layer. Both are relative to the largest value of each tensor.
    """
    for mask in masks:
        with seeded(seed):
            space = make() if isinstance(served(make), Softmax) else with_numbers(make())
            unsettled(space)
        if not decisions(space):
            return
        alphas = {label: torch.randn(len(names), generator=torch.Generator().manual_seed(seed + i))
                  for i, (label, names) in enumerate(decisions(space).items())}
        supernet = relax(space, Softmax(), alphas).double().train()
        side = None if mask is None else torch.tensor(mask)
        given = (images(5 if mask is None else len(mask), 64, 32).double(), side)
        with about(f"modality {mask}"):
            for module, inputs in seen_by(supernet, given):
                compare(supernet, module, inputs, tolerance, str(module.label))
            compare(supernet, supernet, given, whole, "the supernet")


def seen_by(supernet: Supernet, given: Sequence[Tensor | None]) -> list[tuple[MixedChoice, tuple[Tensor, ...]]]:
    """The decisions with a mix of their own, and what each gets in a pass of the plain supernet, which stays."""
    taken: list[tuple[MixedChoice, tuple[Tensor, ...]]] = []
    handles = [module.register_forward_pre_hook(lambda own, inputs: taken.append((cast(MixedChoice, own), inputs)))
               for module in supernet.modules() if isinstance(module, MixedChoice) and module.family_mix is not None]
    kept = copy.deepcopy(supernet.state_dict())
    supernet.mix_plainly()
    with torch.no_grad(), about("the plain sum"):
        supernet(*given)
    for handle in handles:
        handle.remove()
    supernet.load_state_dict(kept)
    return taken


def compare(supernet: Supernet, module: nn.Module, inputs: Sequence[Tensor | None], tolerance: float,
            name: str) -> None:
    """The plain sum and the cheaper mix of a decision, or of the whole supernet, on these inputs."""
    supernet.mix_plainly()
    expected = traced(module, inputs)
    supernet.mix_plainly(False)
    with about(f"the mix of {name}"):
        found = traced(module, inputs)
    require(expected.keys() == found.keys(), f"{len(found)} values of {name}, expected {len(expected)}")
    for part, value in expected.items():
        got = found[part]
        require((got is None) == (value is None), f"{part} of {name}: " + ("none" if got is None else "not expected"))
        if value is not None:
            close(cast(Tensor, got), value, tolerance, f"{part} of {name}")


def traced(module: nn.Module, inputs: Sequence[Tensor | None]) -> dict[str, Tensor | None]:
    """{what: value} of a forward and a backward pass: outputs, gradients, buffers, which then are put back."""
    leaves = [x.detach().clone().requires_grad_() if isinstance(x, Tensor) and x.is_floating_point() else x
              for x in inputs]
    before = {name: buffer.clone() for name, buffer in module.named_buffers()}
    module.zero_grad()
    with seeded(0):  # dropout
        result = module(*leaves)
    outputs = result if isinstance(result, tuple) else (result,)
    losses = [(y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y).cos()).sum() for y in outputs]
    torch.stack(losses).sum().backward()
    seen = {**{f"output {i}": y for i, y in enumerate(outputs)},
            **{name: buffer.clone() for name, buffer in module.named_buffers()},
            **{f"gradient of input {i}": x.grad for i, x in enumerate(leaves) if isinstance(x, Tensor)},
            **{f"gradient of {name}": parameter.grad for name, parameter in module.named_parameters()}}
    for name, buffer in module.named_buffers():
        buffer.copy_(before[name])
    return seen


def unsettled(space: nn.Module) -> None:
    """Move every parameter and statistic off the zeros and ones that they start from, which hide errors."""
    with torch.no_grad():
        for value in space.parameters():
            value += 0.1 * torch.randn(value.shape)
        for name, value in space.named_buffers():
            if value.is_floating_point() and not name.endswith("noise"):
                value += 0.2 * torch.rand(value.shape)
