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

import pandas as pd

from nasreid.errors import NasreidError
from nasreid.files import Document

TABLE = """CREATE TABLE IF NOT EXISTS jobs (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    result TEXT, error TEXT)"""


def key_of(spec: Document) -> str:
    """16 hexadecimal digits that stand for a job; the order of its entries does not matter."""
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]


class Ledger:
    """States of a job: open (never run, or cut off), done (has a result), failed (has an error)."""

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        try:
            self._base.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._base.execute("BEGIN EXCLUSIVE")  # the lock is then held until the connection closes
            self._base.execute(TABLE)
            self._base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._base.close()
            raise NasreidError(f"ledger {str(path)!r}: {error}; expected one that no other process works on") from error
        except sqlite3.DatabaseError as error:
            self._base.close()
            raise NasreidError(f"ledger {str(path)!r} is no ledger: {error}") from error

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._base.close()

    def add(self, name: str, spec: Document) -> str:
        """Enter a job unless it is there; returns its key."""
        key = key_of(spec)
        self._base.execute("INSERT OR IGNORE INTO jobs VALUES (?, ?, ?, 'open', 0, NULL, NULL)",
                           (key, name, json.dumps(spec)))
        self._base.execute("UPDATE jobs SET name = ? WHERE key = ?", (name, key))
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
            self._base.execute("UPDATE jobs SET state = 'open', attempts = 0, error = NULL "
                               "WHERE key = ? AND state = 'failed'", (key,))

    def state(self, key: str) -> str:
        """open, done or failed."""
        return self._row(key)[0]

    def attempts(self, key: str) -> int:
        """How often it has ended, well or not."""
        return self._row(key)[1]

    def result(self, key: str) -> Document | None:
        """What it gave, or None."""
        found = self._row(key)[2]
        return None if found is None else json.loads(found)

    def error(self, key: str) -> str | None:
        """Why it failed, or None."""
        return self._row(key)[3]

    def frame(self) -> pd.DataFrame:
        """All jobs, one row each, in the order in which they were entered."""
        return pd.read_sql_query("SELECT * FROM jobs ORDER BY rowid", self._base)

    def _row(self, key: str) -> tuple[str, int, str | None, str | None]:
        row = self._base.execute("SELECT state, attempts, result, error FROM jobs WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise NasreidError(f"job {key!r} is not in the ledger {str(self.path)!r}")
        return row

    def _end(self, key: str, state: str, result: str | None, error: str | None) -> None:
        self._base.execute("UPDATE jobs SET state = ?, attempts = attempts + 1, result = ?, error = ? WHERE key = ?",
                           (state, result, error, key))
