"""Nothing half-written: write beside, sync, rename. Nothing misread: what is a name stays text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def beside(path: str | Path) -> Iterator[Path]:
    """A temporary path next to `path` (same suffix); renamed to it when the block ends well, removed otherwise."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield draft
        _sync(draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in one piece."""
    with beside(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write(path: str | Path, writer: Callable[[Path], Any]) -> None:
    """Let `writer` fill a draft of the file, then put it in place."""
    with beside(path) as draft:
        writer(draft)


def read_table(path: str | Path, *names: str) -> pd.DataFrame:
    """A csv table whose columns `names` hold text, whatever it looks like: "None", "0", "1e5"."""
    import pandas as pd

    return pd.read_csv(path, dtype=dict.fromkeys(names, str), keep_default_na=False, na_values=["", "nan"])


def _sync(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
