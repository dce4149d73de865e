"""The run folder: configuration, tables, checkpoint, result. The same command on the same folder goes on."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import sys
from codecs import BOM_UTF8
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import yaml

from nasreid import __version__
from nasreid.arguments import Options
from nasreid.configuration import plain
from nasreid.drafts import append, make_folder
from nasreid.errors import NasreidError
from nasreid.files import Document, parsed, read_text, write_text
from nasreid.lock import LOCK, Lock
from nasreid.machine import machine
from nasreid.names import located

if TYPE_CHECKING:
    import torch

CONFIG, RESULT, STAMP = "config.yaml", "result.json", "nasreid"
PRETRAINED, PRETRAINED_WEIGHTS = "config.json", "model.safetensors"  # of a folder that nasreid export wrote
CHECKPOINT, EARLIER = "checkpoint.pt", "checkpoint-earlier.pt"
LOGS = "tensorboard"  # a folder


class RunFolder:
    """A folder for one run, and for one process at a time, until the `with` block ends.

    New, or unfinished with the same configuration (then the run goes on), or finished with it (`finished`: there is
    nothing left to do), or refused. config: {command: {option: value}}, what shapes the result. As config.yaml it
    repeats the run. digest: of it. A new run that is refused before its first number leaves nothing, so that the same
    folder takes the next one.
    """

    def __init__(self, path: str | Path, config: Options, force: bool = False):
        self.path = located(path)
        self.digest = hashlib.sha256(json.dumps(plain(config), sort_keys=True).encode()).hexdigest()
        if self.path.exists() and not self.path.is_dir():
            raise NasreidError(f"output {str(path)!r} is a file; expected a folder")
        if self.path.exists() and not (self.path / CONFIG).exists() and self._names():
            raise NasreidError(f"output {str(path)!r} is not empty and holds no run; expected a new folder")
        self._there = self.path.exists()
        make_folder(self.path)
        self._lock = Lock(self.path)
        try:
            self._begin(config, force)
        except BaseException:
            self._lock.release()
            raise
        self.finished = (self.path / RESULT).exists()
        if self.finished:
            print(f"output {str(path)!r} holds this run, finished: nothing is left to do (--force begins anew)",
                  file=sys.stderr)

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        # a disk that is full refuses nothing: the same command goes on
        refused = kind is not None and issubclass(kind, NasreidError) and not issubclass(kind, OSError)
        if refused and self._new and set(self._names()) <= {CONFIG, LOGS}:  # before its first number
            self._clear()
        self._lock.release()
        if refused and self._new and not self._there:
            with suppress(OSError):  # not empty
                self.path.rmdir()

    def _clear(self) -> None:
        for name in self._names():
            place = self.path / name
            shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()

    def _begin(self, config: Options, force: bool) -> None:
        if force and self._is_run():
            self._clear()
        self._new = not (self.path / CONFIG).exists()
        if not self._new:
            self._compare(config)
        else:
            write_text(self.path / CONFIG, yaml.safe_dump(_stamped(config), sort_keys=False, allow_unicode=True))

    def _names(self) -> list[str]:
        return [name for name in os.listdir(self.path) if name != LOCK]

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def _is_run(self) -> bool:
        # only what we have written ourselves is ever deleted
        config = self.path / CONFIG
        return config.is_file() and config.read_bytes().removeprefix(BOM_UTF8).startswith(f"{STAMP}:".encode())

    def _compare(self, config: Options) -> None:
        command, before = read_config(self.path)
        (asked, now), = plain(config).items()
        how = "a finished" if (self.path / RESULT).exists() else "an unfinished"
        if command != asked:
            raise NasreidError(f"output {str(self.path)!r} holds {how} {command}; expected a new folder for "
                               f"this {asked}, or --force")
        changed = [k for k in sorted({*before, *now}) if before.get(k) != now.get(k)]
        if changed:
            k = changed[0]
            raise NasreidError(f"output {str(self.path)!r} holds {how} run with {k}={before.get(k)!r}, not "
                               f"{now.get(k)!r}; expected the same arguments, a new folder, or --force")

    def finish(self, result: Document, device: torch.device | str = "cpu", threads: int | None = None) -> None:
        """Mark the run as finished and drop its checkpoint; device, threads: what computed it (`nasreid.machine`)."""
        record = {**result, "machine": machine(device, threads)}
        write_text(self.path / RESULT, json.dumps(record, indent=2) + "\n")
        for name in (CHECKPOINT, EARLIER):
            (self.path / name).unlink(missing_ok=True)


class Table:
    """A csv file that grows with the steps of a run; its first column is the step.

    Rows are kept until `flush`; `rewind` drops what a killed run wrote after its last checkpoint. What the file holds
    is read once, at first, and known from then on: a table of a long run is large, and its digest is asked often.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]):
        self.path, self.columns = path, columns
        self._rows: list[tuple[object, ...]] = []
        self._written: tuple[int, hashlib._Hash] | None = None

    def add(self, *row: object) -> None:
        """One row, in the order of the columns."""
        self._rows.append(row)

    def rewind(self, step: int) -> None:
        """Keep the complete rows of earlier steps only."""
        self._written = None
        if not self.path.exists():
            return
        rows: list[list[str]] = []
        with open(self.path, newline="", encoding="utf-8", errors="replace") as file, suppress(csv.Error):
            rows.extend(csv.reader(file))  # anything, where the machine went down while it was written
        kept = [r for r in rows[1:] if len(r) == len(self.columns) and r[0].isdecimal() and int(r[0]) < step]
        write_text(self.path, _lines([self.columns, *kept]))

    def flush(self) -> None:
        """Append the rows added since the last flush, as far as the disk: all of them, or none and Unwritable.

        Raises NasreidError where the file is not as long as what was written.
        """
        if not self._rows:
            return
        size, digest = self._known()
        there = self.path.stat().st_size if self.path.exists() else 0
        if there != size:
            raise self._other(there, size)
        content = _lines(self._rows if size else [self.columns, *self._rows]).encode()
        append(self.path, content)
        digest.update(content)
        self._written, self._rows = (size + len(content), digest), []

    def digest(self) -> tuple[int, str]:
        """(bytes written into the file, their digest)."""
        size, digest = self._known()
        return size, digest.hexdigest()

    def check(self, size: int, digest: str) -> None:
        """Raise NasreidError unless the file begins with what it held when `digest` was taken."""
        content = self._content()[:size]
        if hashlib.sha256(content).hexdigest() != digest:
            raise self._other(len(content), size)

    def _known(self) -> tuple[int, hashlib._Hash]:
        if self._written is None:
            content = self._content()
            self._written = len(content), hashlib.sha256(content)
        return self._written

    def _content(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b""

    def _other(self, there: int, size: int) -> NasreidError:
        return NasreidError(f"{self.path} is not what the run has written ({there} of {size} bytes are there, or "
                            "others); expected the whole table, or --force to begin anew")


def _stamped(config: Options) -> Options:
    return {STAMP: __version__, **plain(config)}


def _lines(rows: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def read_config(folder: str | Path) -> tuple[str, Options]:
    """What a run folder's config.yaml says: the command, and its options {name: value}."""
    content = parsed(read_text(Path(folder) / CONFIG, "configuration"), str(Path(folder) / CONFIG))
    sections = {n: v for n, v in content.items() if n != STAMP} if isinstance(content, dict) else {}
    if isinstance(sections.get("command"), str):  # as versions before 0.2 wrote it
        return sections.pop("command"), sections
    if len(sections) != 1 or not isinstance(next(iter(sections.values())), dict):
        raise NasreidError(f"{Path(folder) / CONFIG}: expected one section with the options of a command")
    return next(iter(sections.items()))
