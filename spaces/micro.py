"""A space that is made to be measured: a network trains in seconds, so every one of them has been trained.

The table of all of them is `nasreid.experiments.truth.Truth.load("micro")`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError
from nasreid.space import SearchSpace, choice
from nasreid.spaces.blocks import ChannelGate, ConvBN, ConvBNReLU, Transition, initialise

OPERATIONS = ("none", "gate", "conv3", "conv3-in")


class Micro(SearchSpace):
    """Three small stages of open slots, each relu(x + operation(x)); by default five slots of four operations: 4^5.

    The operations: nothing, a channel gate, a 3x3 convolution with BatchNorm, and one with instance normalisation,
    which helps most on cameras that were never seen. width: channels of the first stage, which each transition
    doubles. slots: their number in each stage. operations: candidates of every slot, and their order.

    >>> Micro(slots=(1, 1)).width
    32
    """

    def __init__(self, width: int = 16, slots: Sequence[int] = (2, 2, 1), operations: Sequence[str] = OPERATIONS):
        super().__init__()
        _check(width, slots, operations)
        self.stem = Stem(width)
        stages: list[nn.Module] = []
        for number, count in enumerate(slots, start=1):
            if number > 1:
                stages.append(Transition(width, 2 * width))
                width *= 2
            stages += [Slot(f"stage{number}.slot{i + 1}", width, operations) for i in range(count)]
        self.stages = nn.Sequential(*stages)
        self.width = width
        initialise(self)

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, H, W) -> (N, D, H/4/2^(stages-1), W/4/2^(stages-1)), D = width."""
        return self.stages(self.stem(images))


class Stem(nn.Module):
    """2x2 average pooling, then a 3x3 convolution of stride 2 with BN and ReLU: a quarter of the resolution."""

    def __init__(self, width: int):
        super().__init__()
        self.pool = nn.AvgPool2d(2)
        self.conv = ConvBNReLU(3, width, 3, 2)

    def forward(self, images: Tensor) -> Tensor:
        """images (N, 3, H, W) -> (N, C, ceil(H / 4), ceil(W / 4)) for even H and W."""
        return self.conv(self.pool(images))


class Slot(nn.Module):
    """relu(x + operation(x)); the operation is open."""

    def __init__(self, label: str, width: int, operations: Sequence[str]):
        super().__init__()
        self.operation = choice(label, {name: _operation(name, width) for name in operations},
                                narrow=lambda parts: _narrow(operations, width // parts))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return (x + self.operation(x)).relu_()


class Nothing(nn.Module):
    """Zeros, whatever comes."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> zeros (N, C, H, W)."""
        return torch.zeros_like(x)


class Gated(nn.Module):
    """The channels of x, each times its gate (MSINet eq. 4)."""

    def __init__(self, width: int):
        super().__init__()
        self.gate = ChannelGate(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return x * self.gate(x.mean((2, 3), keepdim=True))


class ConvIN(nn.Module):
    """3x3 convolution, then instance normalisation with scale and shift."""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.InstanceNorm2d(width, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, H, W)."""
        return self.norm(self.conv(x))


def _operation(name: str, width: int) -> nn.Module:
    if name == "conv3":
        return ConvBN(width, width, 3)
    return {"gate": Gated, "conv3-in": ConvIN}[name](width) if name != "none" else Nothing()


def _narrow(names: Sequence[str], width: int) -> dict[str, nn.Module]:
    made = {name: _operation(name, width) for name in names}
    for operation in made.values():
        initialise(operation)
    return made


def _check(width: int, slots: Sequence[int], operations: Sequence[str]) -> None:
    if not isinstance(width, int) or width < 4 or width % 4:
        raise NasreidError(f"width {width!r}: expected a positive multiple of 4")
    if not slots or any(not isinstance(count, int) or count < 0 for count in slots) or not sum(slots):
        raise NasreidError(f"slots {list(slots)!r}: expected the number of slots in each stage, at least one in all")
    unknown = [name for name in operations if name not in OPERATIONS]
    if unknown or not operations or len(set(operations)) < len(operations):
        raise NasreidError(f"operations {list(operations)!r}: expected a choice of {', '.join(OPERATIONS)}, each once")
