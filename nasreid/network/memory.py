"""Where a network lives, and how its maps lie in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import nn

if TYPE_CHECKING:
    from nasreid.batch import Batch
    from nasreid.data.batches.packed import Packed

Module = TypeVar("Module", bound=nn.Module)


def place(network: Module, device: torch.device | str, channels_last: bool = False,
          dtype: torch.dtype | None = None) -> Module:
    """The network itself, on the device, its numbers of a type if one is given.

    channels_last: its convolutions' weights, and with them all maps, are laid out pixel by pixel, for good, which most
    convolutions like better; results differ in the last digits. Else the layout stays as it is.
    """
    layout: dict[str, Any] = {"memory_format": torch.channels_last} if channels_last else {}
    return network.to(device, dtype, **layout)


def beside(network: nn.Module, batch: Packed | Batch) -> Batch:
    """A batch as the network takes it: where its weights are, in numbers of their type."""
    like = next(network.parameters(), torch.zeros(0))  # one of another runtime has none of its own
    return batch.to(like.device, like.dtype)
