"""What two branches of a cell can tell each other: the four operations of MSINet, section 3.2, and their cheap mix.

Each takes the maps of both branches (x1, x2), each (N, C, H, W), and returns a pair of the same shapes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from nasreid.spaces.blocks import gate_layers, gates
from nasreid.spaces.msi_mix import Coefficients, Pair, by_pixel, interact, masks, means, rows


class Interaction(nn.Module, ABC):
    """One operation on a pair of maps, linear in the maps once its coefficients are known.

    Law: forward(x1, x2) is the interaction with `coefficients` of weight 1, so that a weighted sum of operations is
    one interaction with the sum of their coefficients (`mix`).
    """

    @abstractmethod
    def forward(self, x1: Tensor, x2: Tensor) -> Pair:
        """x1, x2 (N, C, H, W) -> y1, y2 (N, C, H, W)."""

    @abstractmethod
    def coefficients(self, weight: Tensor, averages: Callable[[], Tensor]) -> Coefficients:
        """Coefficients of `weight` () times this operation; `averages()` are the channel means (2N, C) if needed."""

    @staticmethod
    def mix(candidates: dict[str, nn.Module], weights: Tensor, x1: Tensor, x2: Tensor) -> Pair:
        """Sum of weights[k] * candidate k of (x1, x2), for less; weights (K,) in the order of `candidates`.

        Outputs and all gradients equal those of the plain sum.
        """
        operations = cast("list[Interaction]", list(candidates.values()))
        pairs = zip(operations, weights.unbind(), strict=True)
        terms = [operation.coefficients(weight, lambda: means(x1, x2)) for operation, weight in pairs]
        return interact(sum(terms, Coefficients()), x1, x2)


class Nothing(Interaction):
    """The branches keep to themselves: (x1, x2)."""

    def forward(self, x1: Tensor, x2: Tensor) -> Pair:
        """x1, x2 (N, C, H, W) -> x1, x2."""
        return x1, x2

    def coefficients(self, weight: Tensor, averages: Callable[[], Tensor]) -> Coefficients:
        return Coefficients(own=weight)


class Exchange(Interaction):
    """The branches swap their maps: (x2, x1)."""

    def forward(self, x1: Tensor, x2: Tensor) -> Pair:
        """x1, x2 (N, C, H, W) -> x2, x1."""
        return x2, x1

    def coefficients(self, weight: Tensor, averages: Callable[[], Tensor]) -> Coefficients:
        return Coefficients(other=weight)


class Gate(Interaction):
    """Each branch is scaled per channel by a gate of its own average: (G(x1) x1, G(x2) x2), MSINet eq. 4.

    One gate (`nasreid.spaces.blocks.ChannelGate`) for both branches.
    """

    def __init__(self, width: int, reduction: int = 16):
        super().__init__()
        self.squeeze, self.excite = gate_layers(width, reduction)

    def gate(self, means: Tensor) -> Tensor:
        """Channel means (N, C, 1, 1) -> gates in (0, 1), (N, C, 1, 1)."""
        return gates(self.squeeze, self.excite, means)

    def forward(self, x1: Tensor, x2: Tensor) -> Pair:
        """x1, x2 (N, C, H, W) -> gated x1, x2."""
        return x1 * self.gate(x1.mean((2, 3), keepdim=True)), x2 * self.gate(x2.mean((2, 3), keepdim=True))

    def coefficients(self, weight: Tensor, averages: Callable[[], Tensor]) -> Coefficients:
        return Coefficients(own=weight * self.gate(averages()[..., None, None]).flatten(1))


class CrossAttention(Interaction):
    """Channel attention whose keys are exchanged: y1 = x1 + gamma * A1 x1 with A1 from queries x1 and keys x2.

    With the maps as (C, H*W), the energy of branch 1 is x1 x2^T (C, C), of branch 2 its transpose, and
    A = softmax(row maximum - energy): the least correlated channels weigh most. gamma starts at 0, is shared by both
    branches. MSINet section 3.2 fixes the exchange of keys and the learnable proportion; it leaves open which map is
    the value and how energies become a mask: here the own map, and the mask of DANet's channel attention with the
    inverted energy, which is what the authors' released network computes.
    """

    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x1: Tensor, x2: Tensor) -> Pair:
        """x1, x2 (N, C, H, W) -> attended x1, x2."""
        return self._attend(x1, x2), self._attend(x2, x1)

    def _attend(self, own: Tensor, other: Tensor) -> Tensor:
        query, key = own.flatten(2), other.flatten(2)  # (N, C, H*W)
        energy = query @ key.mT  # (N, C, C)
        attention = masks(energy.amax(-1, keepdim=True) - energy)
        if by_pixel(own):
            return own + self.gamma * (rows(own) @ attention.mT).mT.view_as(own)
        return own + self.gamma * (attention @ query).view_as(own)

    def coefficients(self, weight: Tensor, averages: Callable[[], Tensor]) -> Coefficients:
        return Coefficients(own=weight, attention=weight * self.gamma)
