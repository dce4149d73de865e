"""What goes to a device and comes back from it: a GPU works on while nobody waits for what it has made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

Number = Tensor | float  # a scalar (), on the device until somebody looks at it


def sent(values: Tensor, device: torch.device | str) -> Tensor:
    """Values of the CPU on a device, without waiting for it; on their own device themselves.

    Raises:
        RuntimeError: what the device does is being recorded, to be done again with values that are gone then.
    """
    if torch.device(device).type == "cuda" and values.device.type == "cpu":
        if torch.cuda.is_current_stream_capturing():
            raise RuntimeError(f"values of shape {tuple(values.shape)} go to the device in a recorded pass")
        if not values.is_pinned():
            values = values.pin_memory()  # from other memory a copy begins only when all work is done
    return values.to(device, non_blocking=True)


def read(rows: Sequence[Mapping[str, Number]]) -> list[dict[str, float]]:
    """The numbers of each row, all in one copy, for which the device is waited."""
    there = [value.detach().double() for row in rows for value in row.values() if isinstance(value, Tensor)]
    numbers = iter(torch.stack(there).tolist() if there else ())
    return [{name: next(numbers) if isinstance(value, Tensor) else value for name, value in row.items()}
            for row in rows]
