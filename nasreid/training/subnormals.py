"""Numbers too small for a float's full precision count as zero while a run computes, in every thread of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flushed() -> Iterator[None]:
    """Context, or decorator, in which subnormal results are zero, where the processor can do that.

    Some processors are a hundred times slower at them. Threads have the mode of the thread that starts them: torch's
    pool has it if this is entered before the first product that is large enough for several threads, and keeps it. The
    calling thread goes back to the mode that it had.
    """
    before = sys.float_info.min / 2 == 0  # there is no other way to ask
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)
