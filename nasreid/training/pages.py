"""Memory of a run: what maps leave free is kept for the next ones."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

TRIM, MMAP = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of mallopt(3)
NEVER, ALWAYS_BELOW = -1, 2**30
AFTER = 2**25  # as high as the C library would go by itself


@contextmanager
def kept_pages() -> Iterator[None]:
    """Context, or decorator, in which blocks below 1 GiB that are freed stay with the process.

    glibc gives blocks of more than 32 MiB back at once, and the system clears every page of the next one: that can take
    longer than what is computed with them. The process may keep a fifth more memory, up to the end of the context.
    Without glibc nothing changes.
    """
    if platform.libc_ver()[0] != "glibc":
        yield
        return
    library = ctypes.CDLL(None)
    library.mallopt(TRIM, NEVER)
    library.mallopt(MMAP, ALWAYS_BELOW)
    try:
        yield
    finally:
        library.mallopt(MMAP, AFTER)
        library.mallopt(TRIM, AFTER)
        give_back()


def give_back() -> None:
    """Hand what is free to the system; without glibc nothing is done."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))
