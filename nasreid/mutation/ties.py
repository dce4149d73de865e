"""Weights that the options of a value share: each is a slice of the largest, so that all learn together.

Slices as in once-for-all networks (Cai et al., ICLR 2020, section 3): the first channels, the middle of a kernel.
Statistics are each option's own (switchable BatchNorm; Yu et al., ICLR 2019, section 3.3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError


def holders(options: Mapping[str, nn.Module], label: str, apart: Collection[int] = ()) -> dict[str, dict[str, str]]:
    """{option: {name of a weight in it: the option that has the largest of that name}}, where that is another one.

    apart: ids of parameters that are no weights.

    Raises:
        NasreidError: of a weight no option has the largest in every dimension.
    """
    weights = {name: {path: weight for path, weight in module.named_parameters(remove_duplicate=False)
                      if id(weight) not in apart} for name, module in options.items()}
    found: dict[str, dict[str, str]] = {name: {} for name in options}
    for path in dict.fromkeys(path for own in weights.values() for path in own):
        shapes = {name: own[path].shape for name, own in weights.items() if path in own}
        largest = next((name for name in shapes if all(_holds(shapes[name], other) for other in shapes.values())), None)
        if largest is None:
            raise NasreidError(f"value {label!r}: the weight {path!r} is " + ", ".join(
                f"{tuple(shape)} for {name}" for name, shape in shapes.items()) + "; expected one of them to hold the "
                "others, so that they can be its slices")
        for name in shapes:
            if weights[name][path] is not weights[largest][path]:
                found[name][path] = largest
    return found


def sliced(large: Tensor, shape: torch.Size) -> Tensor:
    """A view of the first channels (of dimensions 0 and 1) and the middle of a kernel (all further ones).

    >>> sliced(torch.arange(5).view(1, 1, 5), torch.Size([1, 1, 3])).tolist()
    [[[1, 2, 3]]]
    """
    for at, (whole, part) in enumerate(zip(large.shape, shape, strict=True)):
        large = large.narrow(at, 0 if at < 2 else whole // 2 - part // 2, part)
    return large


@dataclass(frozen=True)
class Tie:
    """A weight of a module that is a slice, of `shape`, of a weight of the same name of another one."""

    module: nn.Module
    holder: nn.Module
    name: str
    shape: torch.Size

    def value(self) -> Tensor | None:
        """The slice; None where the holder has nothing itself, being no part of what runs."""
        whole = self.holder._parameters[self.name]
        return None if whole is None else sliced(whole, self.shape)

    def put(self, value: Tensor | None) -> None:
        """Give the module its weight, or take it away."""
        self.module._parameters[self.name] = value  # pyright: ignore[reportArgumentType]  # torch asks for no more


def tied(options: Mapping[str, nn.Module], held: Mapping[str, Mapping[str, str]]) -> dict[str, list[Tie]]:
    """{option: its ties}, as `holders` says; the options lose the weights that are slices now."""
    found: dict[str, list[Tie]] = {}
    for name, paths in held.items():
        found[name] = []
        for path, largest in paths.items():
            at, _, last = path.rpartition(".")
            module, holder = options[name].get_submodule(at), options[largest].get_submodule(at)
            found[name].append(Tie(module, holder, last, module.get_parameter(last).shape))
    for tie in (tie for ties in found.values() for tie in ties):
        tie.put(None)
    return found


@contextmanager
def borrowed(ties: list[Tie]) -> Iterator[None]:
    """Inside, the modules have their slices, through which gradients reach the largest."""
    try:
        for tie in ties:
            tie.put(tie.value())
        yield
    finally:
        for tie in ties:
            tie.put(None)


def kept(ties: list[Tie]) -> None:
    """From now on the modules have their slices as parameters of their own, in the memory of the largest."""
    for tie in ties:
        value = tie.value()
        tie.put(None if value is None else nn.Parameter(value.detach(), requires_grad=value.requires_grad))


def _holds(large: torch.Size, small: torch.Size) -> bool:
    return len(large) == len(small) and all(a >= b for a, b in zip(large, small, strict=True))
