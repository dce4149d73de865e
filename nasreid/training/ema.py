"""Exponential moving average of the whole state of a module, as CM-NAS trains with it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError


@dataclass(frozen=True)
class Averaging:
    """decay of a moving average of network and objectives (None: no average), which is written back into them after
    every `epochs` epochs (0: never before the end) and at the end."""

    decay: float | None = None
    epochs: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 0 or (self.epochs and self.decay is None):
            raise NasreidError(f"ema_epochs is {self.epochs} and ema {self.decay}; expected a number of epochs from 0, "
                               "and a decay where it is not 0")

    def due(self, epoch: int) -> bool:
        """Whether it is written back where this epoch (0-based) ends."""
        return self.epochs > 0 and (epoch + 1) % self.epochs == 0


class EMA(nn.Module):
    """Shadow of a module's state: shadow <- decay * shadow + (1 - decay) * value, for every entry of the state.

    BatchNorm statistics take part, and counters, which become floats. The shadow is a state of its own, so a
    checkpoint of this module goes on exactly.

    Args:
        module: whose state the shadow begins with; it is not kept.
        decay: from 0 to below 1 (official CM-NAS: 0.997 on SYSU-MM01, 0.968 on RegDB).
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        super().__init__()
        if not 0 <= decay < 1:
            raise NasreidError(f"ema: decay={decay}; expected a number from 0 to below 1")
        self.decay = decay
        state = module.state_dict()
        dtype = next((v.dtype for v in state.values() if v.is_floating_point()), torch.get_default_dtype())
        for name, value in state.items():
            kind = value.dtype if value.is_floating_point() else dtype
            self.register_buffer(_flat(name), value.detach().to(kind, copy=True))

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """One step towards the module's present state."""
        for shadow, value in self._pairs(module):
            shadow.mul_(self.decay).add_(value.to(shadow), alpha=1 - self.decay)

    @torch.no_grad()
    def write_back(self, module: nn.Module) -> None:
        """Copy the shadow into the module; counters are rounded down."""
        for shadow, value in self._pairs(module):
            value.copy_(shadow)

    def _pairs(self, module: nn.Module) -> list[tuple[Tensor, Tensor]]:
        own = dict(self.named_buffers())
        return [(own[_flat(name)], value) for name, value in module.state_dict().items()]


def _flat(name: str) -> str:
    return name.replace(".", "/")  # a buffer's name has no dot
