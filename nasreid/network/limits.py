"""What a network may be made of, and what pictures it takes: refused in words, not for want of memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from nasreid.errors import NasreidError

MOST = 1_000_000_000  # weights of a space with all its candidates, 4 GB: a hundred times the largest that was published
_MEMORY = re.compile(r"can't allocate memory|out of memory|Storage size calculation overflowed|numel: integer|"
                     r"invalid size|Overflow when unpacking long|value cannot be converted|negative dimension", re.I)
_SMALL = re.compile(r"Output size is too small|Kernel size can't be greater|Calculated padded input size|"
                    r"non-zero dim|non-empty|Expected more than 1 value per channel")


@contextmanager
def limited(name: str) -> Iterator[None]:
    """Inside, modules may register MOST weights in all; NasreidError at the first one beyond, before it is filled.

    name: of what is made, for the message.
    """
    seen = 0

    def count(module: nn.Module, label: str, parameter: Tensor | None) -> None:
        nonlocal seen
        seen += 0 if parameter is None else parameter.numel()
        if seen > MOST:
            raise _too_large(name, f"{seen:,} weights and more")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    except (RuntimeError, MemoryError, OverflowError) as error:
        if isinstance(error, RuntimeError) and _MEMORY.search(str(error)) is None:
            raise
        raise _too_large(name, "more weights than memory can hold") from error
    finally:
        hook.remove()


def _too_large(name: str, many: str) -> NasreidError:
    return NasreidError(f"space {name!r} with these arguments has {many}; expected at most {MOST:,}: a smaller width")


@contextmanager
def large_enough(images: Tensor) -> Iterator[None]:
    """Inside, torch's errors about maps without pixels are about images (N, 3, H, W) that are too small."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        if _SMALL.search(str(error)) is None:
            raise
        height, width = images.shape[-2:]
        raise NasreidError(f"{len(images)} images of height {height} and width {width} are too small for this network: "
                           f"{str(error).splitlines()[0]}; expected more pixels, or a larger batch") from error
