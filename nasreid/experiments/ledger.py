"""The ledger of a fleet of independent jobs: what is done, what failed, what each gave. SQLite, one file.

Only the process that runs the fleet writes; a second one on the same file is refused. A job is a JSON document; its key
is a digest of it, so the same document is the same job whatever it is called.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from nasreid.drafts import make_folder
from nasreid.errors import NasreidError
from nasreid.files import Document
from nasreid.names import located

TABLE = """CREATE TABLE IF NOT EXISTS jobs (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    result TEXT, error TEXT)"""
MEMORY = ":memory:"  # SQLite's own name for no file
COLUMNS = ["key", "name", "spec", "state", "attempts", "result", "error"]


def key_of(spec: Document) -> str:
    """16 hexadecimal digits that stand for a job; the order of its entries does not matter."""
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]


class Ledger:
    """States of a job: open (never run, or cut off), done (has a result), failed (has an error).

    path: of its file; MEMORY for one that is gone when it is closed.
    """

    def __init__(self, path: str | Path):
        self.path = located(path)
        make_folder(self.path.parent)
        try:
            self._base = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        try:
            self._ask("PRAGMA locking_mode=EXCLUSIVE")
            self._ask("BEGIN EXCLUSIVE")  # the lock is then held until the connection closes
            self._check()
            self._ask(TABLE)
            self._ask("COMMIT")
        except NasreidError:
            self._base.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._base.close()

    def add(self, name: str, spec: Document) -> str:
        """Enter a job unless it is there; returns its key."""
        key = key_of(spec)
        self._ask("INSERT OR IGNORE INTO jobs VALUES (?, ?, ?, 'open', 0, NULL, NULL)", key, name, json.dumps(spec))
        self._ask("UPDATE jobs SET name = ? WHERE key = ?", name, key)
        return key

    def succeed(self, key: str, result: Document) -> None:
        """A result, kept for good."""
        self._end(key, "done", json.dumps(result), None)

    def fail(self, key: str, error: str) -> None:
        """An error; the job may be tried again."""
        self._end(key, "failed", None, error)

    def reopen(self, keys: Iterable[str]) -> None:
        """Failed jobs get their attempts back."""
        for key in keys:
            self._ask("UPDATE jobs SET state = 'open', attempts = 0, error = NULL "
                      "WHERE key = ? AND state = 'failed'", key)

    def state(self, key: str) -> str:
        """open, done or failed."""
        return self._row(key)[0]

    def attempts(self, key: str) -> int:
        """How often it has ended, well or not."""
        return self._row(key)[1]

    def result(self, key: str) -> Document | None:
        """What it gave, or None."""
        found = self._row(key)[2]
        try:
            return None if found is None else json.loads(found)
        except (ValueError, RecursionError) as error:
            raise NasreidError(f"ledger {str(self.path)!r}: the result of job {key!r} is no JSON; expected a ledger "
                               "that only nasreid writes") from error

    def error(self, key: str) -> str | None:
        """Why it failed, or None."""
        return self._row(key)[3]

    def frame(self) -> pd.DataFrame:
        """All jobs, one row each, in the order in which they were entered."""
        return pd.DataFrame(self._ask("SELECT * FROM jobs ORDER BY rowid"), columns=pd.Index(COLUMNS))

    def _row(self, key: str) -> tuple[str, int, str | None, str | None]:
        rows = self._ask("SELECT state, attempts, result, error FROM jobs WHERE key = ?", key)
        if not rows:
            raise NasreidError(f"job {key!r} is not in the ledger {str(self.path)!r}")
        return rows[0]

    def _end(self, key: str, state: str, result: str | None, error: str | None) -> None:
        self._ask("UPDATE jobs SET state = ?, attempts = attempts + 1, result = ?, error = ? WHERE key = ?",
                  state, result, error, key)

    def _ask(self, command: str, *values: str | None) -> list[Any]:
        """The rows that a command of SQL gives."""
        try:
            return self._base.execute(command, values).fetchall()
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def _check(self) -> None:
        """A database of somebody else's is left alone, also one that has a table of that name."""
        found = [name for _, name, *_ in self._ask("PRAGMA table_info(jobs)")]
        if found != COLUMNS and self._ask("SELECT name FROM sqlite_master"):
            raise NasreidError(f"ledger {str(self.path)!r} is no ledger of nasreid's, but another database; expected "
                               "another place")

    def _refusal(self, error: sqlite3.Error) -> NasreidError:
        if isinstance(error, sqlite3.OperationalError):  # locked, full, read-only, no such folder
            return NasreidError(f"ledger {str(self.path)!r}: {error}; expected a file that no other process works on, "
                                "with room and the right to write")
        return NasreidError(f"ledger {str(self.path)!r} is no ledger: {error}; expected one of nasreid's, or another "
                            "place")
