"""One process for a folder: the second is refused by name. The lock ends with its process, however that ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from nasreid.errors import NasreidError

LOCK = ".lock"


class Lock:
    """The folder's lock, a file `.lock` in it that is gone when the lock is released.

    Processes that are forked from this one do not hold it: they may outlive it. Where the system or the file system
    has no locks, everybody gets one. Raises NasreidError with the other process's number.
    """

    def __init__(self, folder: Path):
        self.path = folder / LOCK
        self._file: BinaryIO | None = None
        while self._file is None:
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
        self._file.truncate(0)
        self._file.write(str(os.getpid()).encode())
        self._file.flush()

    def release(self) -> None:
        """Let another process have the folder."""
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None


def _lock(file: BinaryIO) -> None:
    try:
        import fcntl
    except ImportError:  # not on this system
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
