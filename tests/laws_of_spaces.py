"""The laws of a search space; see tests/conformance.py."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from nasreid.mutation import Supernet, decisions, freeze, relax
from nasreid.mutation.supernet import MixedChoice
from nasreid.relaxation import Softmax
from nasreid.space import SearchSpace
from nasreid.training.seeding import seeded

Make = Callable[[], SearchSpace]
# infrared or not, image by image; None: the data knows no modalities
MASKS = ([False, True, True, False, True], [False] * 5, [True] * 5, None)


def check_space(make: Make, samples: int = 3, seed: int = 0) -> None:
    """All laws of a space. make(): a new one, open."""
    check_genotypes(make, list(genotypes(make, samples, seed)))
    for mask in (MASKS[0], MASKS[2], MASKS[3]):
        check_mix(make, mask)


def genotypes(make: Make, samples: int, seed: int = 0) -> Iterator[dict[str, str]]:
    """The first and the last candidate of each decision, then random ones."""
    known, rng = decisions(make()), np.random.default_rng(seed)
    yield from ({label: names[place] for label, names in known.items()} for place in (0, -1))
    yield from ({label: str(rng.choice(names)) for label, names in known.items()} for _ in range(samples - 2))


def check_genotypes(make: Make, samples: Sequence[dict[str, str]]) -> None:
    """Every genotype builds a network with no decision left and one output shape; it takes the supernet's weights."""
    space = make()
    assert decisions(space)
    supernet = relax(copy.deepcopy(space), Softmax()).double()
    for choices in samples:
        network = freeze(make(), choices)
        assert isinstance(network, SearchSpace)
        assert decisions(network) == {}
        check_names(network.double(), supernet.space, choices)
        check_maps(network.eval(), space.width)


def check_names(network: SearchSpace, supernet: nn.Module, choices: dict[str, str]) -> None:
    """Weights of the supernet load where names agree; those of the supernet's own network load all, and compute it."""
    own, all_of_it, alone = network.state_dict(), supernet.state_dict(), freeze(supernet, choices)
    common = [name for name in own if name in all_of_it]
    assert all(own[name].shape == all_of_it[name].shape for name in common)
    network.load_state_dict({name: all_of_it[name] for name in common}, strict=False)
    network.load_state_dict(alone.state_dict())
    given = images().double()
    assert torch.equal(network.eval()(given), copy.deepcopy(alone).eval()(given))


def check_maps(network: SearchSpace, width: int) -> None:
    """Maps are (N, D, h, w) whatever the modalities; the order of a batch makes no difference; None means visible."""
    given = images(5).double()
    with torch.no_grad():
        found = [network.maps(given, None if mask is None else torch.tensor(mask)) for mask in MASKS]
        assert all(maps.shape == (5, width, *found[0].shape[2:]) for maps in found)
        close(found[1], found[-1], 1e-10, "all visible")
        turned = network.maps(given.flip(0), torch.tensor(MASKS[0]).flip(0))
        close(turned.flip(0), found[0], 1e-10, "another order")
        if network.middle_width:
            middle, maps = network.tapped(given)
            assert middle.shape[1] == network.middle_width
            close(maps, network.maps(given), 1e-10)


def check_mix(make: Make, mask: Sequence[bool] | None = MASKS[0], seed: int = 0, tolerance: float = 1e-10,
              whole: float = 1e-7) -> None:
    """A cheaper `mix` equals the plain sum of the candidates: values, every gradient, and buffers, in float64.

    mask: infrared or not, for each image. tolerance: of each decision on what it gets; whole: of the supernet, in
    which rounding errors grow from layer to layer. Both are relative to the largest value of each tensor.
    """
    with seeded(seed):
        space = make()
        unsettled(space)
    alphas = {label: torch.randn(len(names), generator=torch.Generator().manual_seed(seed + i))
              for i, (label, names) in enumerate(decisions(space).items())}
    supernet = relax(space, Softmax(), alphas).double().train()
    given = (images(5 if mask is None else len(mask), 64, 32).double(), None if mask is None else torch.tensor(mask))
    for module, inputs in seen_by(supernet, given):
        compare(module, inputs, tolerance, str(module.label))
    compare(supernet, given, whole, "supernet")


def seen_by(supernet: Supernet, given: Sequence[Any]) -> list[tuple[MixedChoice, tuple[Tensor, ...]]]:
    """The decisions with a mix of their own, and what they get in a forward pass of a copy of the supernet."""
    taken: list[tuple[MixedChoice, tuple[Tensor, ...]]] = []
    handles = [module.register_forward_pre_hook(lambda own, inputs: taken.append((own, inputs)))
               for module in supernet.modules() if isinstance(module, MixedChoice) and module.family_mix is not None]
    kept = copy.deepcopy(supernet.state_dict())
    with torch.no_grad():
        supernet(*given)
    for handle in handles:
        handle.remove()
    supernet.load_state_dict(kept)
    return taken


def compare(module: nn.Module, inputs: Sequence[Any], tolerance: float, name: str) -> None:
    """The plain sum and the cheaper mix of a supernet or a decision on these inputs."""
    expected, found = (traced(module, inputs, plain) for plain in (True, False))
    assert expected.keys() == found.keys()
    for part, value in expected.items():
        assert (found[part] is None) == (value is None), f"{part} of {name}"
        if value is not None:
            close(cast(Tensor, found[part]), value, tolerance, f"{part} of {name}")


def traced(module: nn.Module, inputs: Sequence[Any], plain: bool) -> dict[str, Tensor | None]:
    """{what: value} of a forward and a backward pass: outputs, gradients, buffers."""
    for own in module.modules():
        if isinstance(own, MixedChoice):
            own.plain_sum = plain
    leaves = [x.detach().clone().requires_grad_() if isinstance(x, Tensor) and x.is_floating_point() else x
              for x in inputs]
    before = {name: buffer.clone() for name, buffer in module.named_buffers()}
    module.zero_grad()
    result = module(*leaves)
    outputs = result if isinstance(result, tuple) else (result,)
    sum((y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y).cos()).sum() for y in outputs).backward()
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


def images(number: int = 4, height: int = 32, width: int = 16, seed: int = 0) -> Tensor:
    """Noise (N, 3, H, W)."""
    return torch.randn(number, 3, height, width, generator=torch.Generator().manual_seed(seed))


def close(found: Tensor, expected: Tensor, tolerance: float, name: str = "maps") -> None:
    """Equal up to `tolerance` times the largest value."""
    if found.numel():
        found, expected = found.detach().double(), expected.detach().double()
        worst, largest = float((found - expected).abs().max()), float(expected.abs().max())
        assert worst <= tolerance * max(1.0, largest), f"{name}: differs by {worst}, the largest value is {largest}"
