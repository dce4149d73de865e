"""The run folder: configuration, tables, checkpoint, result. The same command on the same folder goes on."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from nasreid import __version__
from nasreid.arguments import Options
from nasreid.configuration import plain
from nasreid.errors import NasreidError
from nasreid.files import Document, parsed, read_text, write_text
from nasreid.machine import machine

if TYPE_CHECKING:
    import torch

CONFIG, RESULT, CHECKPOINT, STAMP = "config.yaml", "result.json", "checkpoint.pt", "nasreid"


class RunFolder:
    """A folder for one run. New, or unfinished with the same configuration (then the run goes on), or refused.

    config: {command: {option: value}}, what shapes the result. As config.yaml it repeats the run.
    """

    def __init__(self, path: str | Path, config: Options, force: bool = False):
        self.path = Path(path)
        if force and self._is_run():
            shutil.rmtree(self.path)
        if self.path.exists() and not self.path.is_dir():
            raise NasreidError(f"output {str(path)!r} is a file; expected a folder")
        if (self.path / RESULT).exists():
            raise NasreidError(f"output {str(path)!r} holds a finished run; expected a new folder, or --force")
        if (self.path / CONFIG).exists():
            self._compare(config)
        elif self.path.exists() and any(self.path.iterdir()):
            raise NasreidError(f"output {str(path)!r} is not empty and holds no run; expected a new folder")
        else:
            write_text(self.path / CONFIG, yaml.safe_dump(_stamped(config), sort_keys=False, allow_unicode=True))

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def _is_run(self) -> bool:
        # only what we have written ourselves is ever deleted
        config = self.path / CONFIG
        return config.is_file() and config.read_text(encoding="utf-8").startswith(f"{STAMP}:")

    def _compare(self, config: Options) -> None:
        command, before = read_config(self.path)
        (asked, now), = plain(config).items()
        if command != asked:
            raise NasreidError(f"output {str(self.path)!r} holds an unfinished {command}; expected a new folder for "
                               f"this {asked}, or --force")
        changed = [k for k in sorted({*before, *now}) if before.get(k) != now.get(k)]
        if changed:
            k = changed[0]
            raise NasreidError(f"output {str(self.path)!r} holds an unfinished run with {k}={before.get(k)!r}, not "
                               f"{now.get(k)!r}; expected the same arguments, a new folder, or --force")

    def finish(self, result: Document, device: torch.device | str = "cpu", threads: int | None = None) -> None:
        """Mark the run as finished and drop its checkpoint.

        device, threads: what computed it, for the entry "machine" (`nasreid.machine`).
        """
        record = {**result, "machine": machine(device, threads)}
        write_text(self.path / RESULT, json.dumps(record, indent=2) + "\n")
        (self.path / CHECKPOINT).unlink(missing_ok=True)


class Table:
    """A csv file that grows with the steps of a run; its first column is the step.

    Rows are kept until `flush`; `rewind` drops what a killed run wrote after its last checkpoint.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]):
        self.path, self.columns = path, columns
        self._rows: list[tuple[object, ...]] = []

    def add(self, *row: object) -> None:
        """One row, in the order of the columns."""
        self._rows.append(row)

    def rewind(self, step: int) -> None:
        """Keep the complete rows of earlier steps only."""
        if not self.path.exists():
            return
        with open(self.path, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        kept = [r for r in rows if len(r) == len(self.columns) and r[0].isdigit() and int(r[0]) < step]
        write_text(self.path, _lines([self.columns, *kept]))

    def flush(self) -> None:
        """Append the rows added since the last flush."""
        if not self._rows:
            return
        rows = self._rows if self.path.exists() else [self.columns, *self._rows]
        with open(self.path, "a", encoding="utf-8", newline="") as file:
            file.write(_lines(rows))
        self._rows = []


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
