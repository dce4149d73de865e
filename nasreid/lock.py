"""One at a time. A lock of the system ends with whoever holds it, however that ends; there are two kinds.

`Lock`, of a folder, is its process's (lockf): children that are forked while it is held do not hold it, as they may
outlive it; the second process is refused by name. `held`, of an open file, is the file's (flock): whoever was given the
descriptor holds it too, a child on purpose, and two openings in one process exclude each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # not on this system
    fcntl = None

from nasreid.errors import NasreidError

LOCK = ".lock"


class Lock:
    """The folder's lock, a file `.lock` in it that is gone when the lock is released.

    Where the system or the file system has no locks, everybody gets one. Raises NasreidError with the other process's
    number.
    """

    def __init__(self, folder: Path):
        self.path = folder / LOCK
        self._file: BinaryIO | None = None
        while self._file is None:
            with _named(folder):
                file = open(self.path, "a+b")  # noqa: SIM115  # until it is released
            try:
                _lock(file)
            except (BlockingIOError, PermissionError) as error:
                file.seek(0)
                owner = file.read(32).decode("ascii", "replace").strip()
                file.close()
                raise NasreidError(f"output {str(folder)!r} is in use by another process ({owner or 'unknown'}); "
                                   "expected a folder of its own for each run") from error
            if _same(file, self.path):
                self._file = file
            else:  # its last owner has removed it between the two lines above
                file.close()
        try:
            with _named(folder):
                os.ftruncate(self._file.fileno(), 0)
                os.write(self._file.fileno(), str(os.getpid()).encode())
        except NasreidError:
            self.release()
            raise

    def release(self) -> None:
        """Let another process have the folder."""
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None


def held(file: int, unknown: bool) -> bool:
    """Whether the lock of an open file (its descriptor) is ours from now on; `unknown` where there are no locks."""
    if fcntl is None:
        return unknown
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return unknown and not isinstance(error, BlockingIOError)
    return True


@contextmanager
def alone(folder: Path) -> Iterator[BinaryIO | None]:
    """One worker at a time in a folder: waits for one that is still there, and for children that got its descriptor.

    The file to give them; None where the system has no locks.
    """
    if fcntl is None:
        yield None
        return
    with open(folder / LOCK, "wb") as lock:
        with suppress(OSError):  # not on this file system
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """What the system refuses is told with the folder's name."""
    try:
        yield
    except OSError as error:
        raise NasreidError(f"output {str(folder)!r} cannot be written: {error.strerror}; expected another place, or "
                           "one with room and the right to write") from error


def _lock(file: BinaryIO) -> None:
    if fcntl is None:
        return
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise
    except OSError:  # not on this file system
        return


def _same(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False
