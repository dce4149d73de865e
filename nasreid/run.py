"""The run folder: configuration, tables, checkpoint, result. The same command on the same folder goes on."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from nasreid import __version__
from nasreid.errors import NasreidError
from nasreid.files import write_text
from nasreid.machine import machine

if TYPE_CHECKING:
    import torch

CONFIG, RESULT, CHECKPOINT = "config.yaml", "result.json", "checkpoint.pt"


class RunFolder:
    """A folder for one run. New, or unfinished with the same configuration (then the run goes on), or refused."""

    def __init__(self, path: str | Path, config: dict[str, Any], force: bool = False):
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
        return config.is_file() and config.read_text(encoding="utf-8").startswith("nasreid:")

    def _compare(self, config: dict[str, Any]) -> None:
        try:
            before = yaml.safe_load((self.path / CONFIG).read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise NasreidError(f"{self.path / CONFIG} is no YAML: {error}") from error
        now = json.loads(json.dumps(_stamped(config)))
        changed = [k for k in sorted({*before, *now}) if before.get(k) != now.get(k)]
        if changed:
            k = changed[0]
            raise NasreidError(f"output {str(self.path)!r} holds an unfinished run with {k}={before.get(k)!r}, not "
                               f"{now.get(k)!r}; expected the same arguments, a new folder, or --force")

    def finish(self, result: dict[str, Any], device: torch.device | str = "cpu", threads: int | None = None) -> None:
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
        self._rows: list[tuple[Any, ...]] = []

    def add(self, *row: Any) -> None:
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


def _stamped(config: dict[str, Any]) -> dict[str, Any]:
    return {"nasreid": __version__, **config}


def _lines(rows: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def configuration(command: str, run: Any) -> dict[str, Any]:
    """What config.yaml says of a Search or Retrain made in Python: everything but how it is executed."""
    fields = {name: value for name, value in asdict(run).items() if name != "engine"}
    return {"command": command, **json.loads(json.dumps(fields))}
