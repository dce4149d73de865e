"""Nothing half-written: a draft beside a place, put there when it is complete; a file that grows by all or by nothing.

And one line where nothing can be written.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nasreid.errors import NasreidError
from nasreid.lock import held
from nasreid.names import located

# how torch and safetensors say that the system refused to write; torch does not say why
_TORN = re.compile(r"file write failed|iostream error|inline_container\.cc")
_REFUSED = re.compile(rf"I/O error|os error \d+|{_TORN.pattern}")

_NO_LINK, _FOLDER = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_DIRECTORY", 0)


class Unwritable(NasreidError, OSError):
    """A file that the system does not let us write; the text has its name and the reason."""


@contextmanager
def beside(path: str | Path, folder: bool = False) -> Iterator[Path]:
    """A draft of `path` (same suffix); put in its place when the block ends well, removed otherwise.

    A draft is a new file, or a new folder, of a name that nobody can foresee, locked as long as it is written: the next
    writer of the same place removes what a killed one left. Raises Unwritable where the system refuses any of it.
    """
    path = located(path)
    with named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and (folder or not path.is_file()):  # a folder, a pipe, a device: nothing to be replaced
            raise OSError(errno.EISDIR if path.is_dir() else errno.EEXIST, "it is a folder" if path.is_dir() else
                          "it is there, and no ordinary file")
        draft, lock = _new(path, folder)
        try:
            yield draft
            if not folder:
                _sync(draft)
            os.replace(draft, path)
        finally:
            _remove(draft)
            os.close(lock)


def make_folder(path: Path) -> None:
    """The folder and those above it; Unwritable where the system refuses it."""
    with named(path):
        path.mkdir(parents=True, exist_ok=True)


def append(path: Path, content: bytes) -> None:
    """Let a file grow by `content`, as far as the disk: by all of it, or by nothing, and Unwritable says why."""
    with named(path):
        new = not os.path.lexists(path)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        before = os.fstat(file).st_size
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(file, left):]
            os.fsync(file)
        except OSError:
            with suppress(OSError):  # a device has no length
                os.ftruncate(file, before)
                if new:
                    os.unlink(path)
            raise
        finally:
            os.close(file)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """What the system refuses inside is an Unwritable with the name of the file that was to be written."""
    try:
        yield
    except Unwritable:  # another file, written on the way to this one
        raise
    except OSError as error:
        raise _unwritable(path, error) from error
    except Exception as error:
        if _REFUSED.search(str(error)) is None:
            raise
        reason = "not all of it was taken, for lack of room perhaps" if _TORN.search(str(error)) else str(error)
        raise _unwritable(path, OSError(0, " ".join(reason.split()))) from error


def _unwritable(path: Path, error: OSError) -> Unwritable:
    culprit = Path(os.fsdecode(error.filename or path))
    other = "" if culprit == path or ".draft" in str(culprit) else f" ({str(culprit)!r})"
    made = Unwritable(f"file {str(path)!r} cannot be written: {error.strerror or error}{other}; expected another "
                      "place, or one with room and the right to write")
    made.errno = error.errno
    return made


def _new(path: Path, folder: bool) -> tuple[Path, int]:
    """A new empty file or folder beside `path`, and the descriptor that holds its lock."""
    head = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-"
    tail = f".draft{path.suffix if len(path.suffix) < 20 else ''}"
    _sweep(path.parent, head, tail)
    while True:
        draft = path.with_name(f"{head}{secrets.token_hex(8)}{tail}")
        if folder:
            draft.mkdir()
        lock = _opened(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        if held(lock, unknown=True) and draft.exists():  # else another writer took it for a leftover meanwhile
            return draft, lock
        os.close(lock)


def _opened(draft: Path, flags: int) -> int:
    """A descriptor of a draft that can be locked; where a folder has none, there are no locks either."""
    if not draft.is_dir():
        return os.open(draft, flags | _NO_LINK, 0o666)
    return os.open(draft if _FOLDER else os.devnull, os.O_RDONLY | _FOLDER | _NO_LINK)


def _sweep(folder: Path, head: str, tail: str) -> None:
    """Remove the drafts whose writers are gone."""
    with os.scandir(folder) as entries:
        left = [Path(entry.path) for entry in entries if entry.name.startswith(head) and entry.name.endswith(tail)]
    for draft in left:
        try:
            found = _opened(draft, os.O_RDWR)
        except OSError:  # gone meanwhile, somebody else's, or no draft of ours
            continue
        try:
            if held(found, unknown=False):
                _remove(draft)
        finally:
            os.close(found)


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
