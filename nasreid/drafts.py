"""A draft beside a file, put in its place when it is complete: nothing half-written, and one line where none can be."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nasreid.errors import NasreidError
from nasreid.lock import held

# how torch and safetensors say that the system refused to write
_REFUSED = re.compile(r"I/O error|os error \d+|file write failed|iostream error|inline_container\.cc")

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Unwritable(NasreidError, OSError):
    """A file that the system does not let us write; the text has its name and the reason."""


@contextmanager
def beside(path: str | Path) -> Iterator[Path]:
    """A draft of `path` (same suffix); put in its place when the block ends well, removed otherwise.

    A draft is a new file of a name that nobody can foresee, locked as long as it is written: the next writer of the
    same file removes what a killed one left. Raises Unwritable where the system refuses any of it.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # a folder, a pipe, a device: nothing to put another file in place of
            raise OSError(errno.EISDIR if path.is_dir() else errno.EEXIST, "it is a folder" if path.is_dir() else
                          "it is there, and no ordinary file")
        draft, lock = _new(path)
        try:
            yield draft
            _sync(draft)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)
            os.close(lock)
    except Unwritable:  # another file, written on the way to this one
        raise
    except OSError as error:
        raise _unwritable(path, error) from error
    except Exception as error:
        if _REFUSED.search(str(error)) is None:
            raise
        raise _unwritable(path, OSError(0, " ".join(str(error).split()))) from error


def _unwritable(path: Path, error: OSError) -> Unwritable:
    culprit = Path(os.fsdecode(error.filename or path))
    other = "" if culprit == path or ".draft" in culprit.name else f" ({str(culprit)!r})"
    made = Unwritable(f"file {str(path)!r} cannot be written: {error.strerror or error}{other}; expected another "
                      "place, or one with room and the right to write")
    made.errno = error.errno
    return made


def _new(path: Path) -> tuple[Path, int]:
    """A new empty file beside `path`, and the descriptor that holds its lock."""
    head = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-"
    tail = f".draft{path.suffix if len(path.suffix) < 20 else ''}"
    _sweep(path.parent, head, tail)
    while True:
        draft = path.with_name(f"{head}{secrets.token_hex(8)}{tail}")
        lock = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o666)
        if held(lock, unknown=True) and draft.exists():  # else another writer took it for a leftover meanwhile
            return draft, lock
        os.close(lock)


def _sweep(folder: Path, head: str, tail: str) -> None:
    """Remove the drafts whose writers are gone."""
    with os.scandir(folder) as entries:
        left = [entry.path for entry in entries if entry.name.startswith(head) and entry.name.endswith(tail)]
    for draft in left:
        try:
            found = os.open(draft, os.O_RDWR | _NO_LINK)
        except OSError:  # gone meanwhile, somebody else's, or no file of ours
            continue
        try:
            if held(found, unknown=False):
                Path(draft).unlink(missing_ok=True)
        finally:
            os.close(found)


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
