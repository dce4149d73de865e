"""Where a network lives, and how its maps lie in memory."""

from __future__ import annotations

from typing import Any, TypeVar

import torch
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


def place(network: Module, device: torch.device | str, channels_last: bool = False) -> Module:
    """The network itself, on the device.

    channels_last: its convolutions' weights, and with them all maps, are laid out pixel by pixel, for good, which most
    convolutions like better; results differ in the last digits. Else the layout stays as it is.
    """
    layout: dict[str, Any] = {"memory_format": torch.channels_last} if channels_last else {}
    return network.to(device, **layout)
