"""The checkpoints of a run: the last two, of which a damaged one gives way to the other, and only of this very run."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from nasreid.data.frame import Contents
from nasreid.errors import NasreidError
from nasreid.files import Document, write
from nasreid.run import CHECKPOINT, EARLIER, RunFolder, Table

DIGITS = 64  # of a SHA-256 in hexadecimal


@dataclass(frozen=True)
class Checkpoints:
    """Those in a run folder.

    contents: of the images that the run learns from. tables: those that grow with the steps; what they held at a
    checkpoint has to be there still.
    """

    folder: RunFolder
    contents: Contents
    tables: tuple[Table, ...]

    def save(self, state: Document) -> None:
        """Tables first, then the state: what a table holds beyond the checkpoint is dropped on return."""
        for table in self.tables:
            table.flush()
        origin = {"configuration": self.folder.digest, "data": asdict(self.contents),
                  "tables": {table.path.name: table.digest() for table in self.tables}}
        last = self.folder / CHECKPOINT

        def fill(draft: Path) -> None:
            torch.save({**state, "origin": origin}, draft)
            _sign(draft)
            if last.exists():
                os.replace(last, self.folder / EARLIER)

        write(last, fill)

    def load(self) -> Document | None:
        """The last state that is whole, None where there is none yet; says where it is the one before the last.

        Raises NasreidError where all are damaged, or where one belongs to another configuration, other images or other
        tables than those that are there.
        """
        there = [path for name in (CHECKPOINT, EARLIER) if (path := self.folder / name).exists()]
        damaged = []
        for path in there:
            try:
                state = _read(path)
            except Exception as error:  # what unpickling raises has no common base but this
                damaged.append(f"{path}: {' '.join(str(error).split())[:200] or type(error).__name__}")
                continue
            self._refuse(path, state.get("origin"))
            for one in damaged:
                print(f"damaged checkpoint, the one before it is taken: {one}", file=sys.stderr)
            return state
        if there:
            raise NasreidError(f"no checkpoint is whole ({'; '.join(damaged)}); expected one that can be read, or "
                               "--force to begin anew")
        return None

    def _refuse(self, path: Path, origin: object) -> None:
        if not isinstance(origin, Mapping):
            raise NasreidError(f"{path} is a checkpoint of another version of nasreid; expected --force to begin anew")
        if origin["configuration"] != self.folder.digest:
            raise NasreidError(f"{path} is the checkpoint of a run with other options; expected that of this run, or "
                               "--force to begin anew")
        changed = self.contents.differ(Contents(**origin["data"]))
        if changed:
            raise NasreidError(f"{path}: the data are not those that the run began with: {changed}; expected the same, "
                               "or --force to begin anew")
        for table in self.tables:
            table.check(*origin["tables"][table.path.name])


def _sign(path: Path) -> None:
    """Put the digest of all bytes into the comment that a zip file may end with: torch.load still reads it.

    The checksums of zip are of its parts alone; a bit that flips in its tables may shift what is read.
    """
    with open(path, "r+b") as file:
        file.seek(-2, os.SEEK_END)
        file.write(DIGITS.to_bytes(2, "little"))  # the length of the comment
        file.seek(0)
        digest = hashlib.sha256(file.read()).hexdigest()
        file.write(digest.encode())


def _read(path: Path) -> Document:
    content = path.read_bytes()
    if hashlib.sha256(content[:-DIGITS]).hexdigest().encode() != content[-DIGITS:]:
        raise NasreidError("its bytes are not those that were written")
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
