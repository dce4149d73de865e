"""The files below a folder, listed once: the list beside the data is believed until a folder changes.

`.nasreid-index.json` inside the folder holds the names in every sub-folder, with the times of its last change. A
sub-folder whose times are the same is not listed again. Where the folder cannot be written to, there is no such file.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nasreid.errors import NasreidError
from nasreid.files import write_text

NAME = ".nasreid-index.json"
WORTH = 1000  # files; fewer are listed at once anyway, and nothing is written
SETTLED = 2_000_000_000  # ns; a folder that changed later than this before it was listed may change unnoticed
IGNORED = {"thumbs.db", "desktop.ini", "nasreid.json"}  # the last one: what a data set was drawn from

Times = tuple[int, int]  # st_mtime_ns and st_ctime_ns: the second cannot be set back by a copying program


@dataclass(frozen=True)
class Folder:
    """What lies directly in a folder, sorted; dot files and thumbnails are left out."""

    times: Times
    files: tuple[str, ...]
    folders: tuple[str, ...]


class Index:
    """The files below `root`: `folders` maps a path relative to it ("" is the root itself) to what lies there."""

    def __init__(self, root: Path, folders: dict[str, Folder]):
        self.root, self.folders = root, folders
        self._sets = {name: frozenset(folder.files) for name, folder in folders.items()}

    def __contains__(self, path: str) -> bool:
        """Is there a file at this path, relative to the root, with slashes?"""
        parent, _, name = path.rpartition("/")
        return name in self._sets.get(parent, ())

    def __len__(self) -> int:
        """Number of files."""
        return sum(len(folder.files) for folder in self.folders.values())

    def files(self, folder: str) -> tuple[str, ...]:
        """Names of the files directly in a folder; none when it does not exist."""
        return self.folders[folder].files if folder in self.folders else ()

    def below(self, folder: str) -> tuple[str, ...]:
        """Names of the folders directly in a folder."""
        return self.folders[folder].folders if folder in self.folders else ()


def index(root: str | Path, keep: bool = True) -> Index:
    """List the files below `root`, or read the list kept there; raises NasreidError when a folder cannot be read.

    keep: write a long list there. Links are followed, but for those to a folder that they lie in.
    """
    root = Path(root)
    known = _kept(root / NAME)
    now = time.time_ns()
    found: dict[str, Folder] = {}
    _walk(root, "", known, found, set())
    listed = Index(root, found)
    if keep and len(listed) >= WORTH and any(known.get(name) != folder for name, folder in found.items() if name):
        _keep(root / NAME, {name: folder for name, folder in found.items() if max(folder.times) < now - SETTLED})
    return listed


def _walk(root: Path, name: str, known: dict[str, Folder], found: dict[str, Folder],
          above: set[tuple[int, int]]) -> None:
    try:
        state = os.stat(root / name)
        if (state.st_dev, state.st_ino) in above:  # a link to a folder that it lies in
            return
        times = (state.st_mtime_ns, state.st_ctime_ns)
        kept = known.get(name)
        # the root itself is always listed: writing the list there changes its times
        found[name] = kept if name and kept and kept.times == times else _listed(root / name, times)
    except OSError as error:
        raise NasreidError(f"{root / name}: cannot be listed ({error.strerror}); expected a readable folder") from None
    for folder in found[name].folders:
        _walk(root, str(PurePosixPath(name) / folder), known, found, above | {(state.st_dev, state.st_ino)})


def _listed(folder: Path, times: Times) -> Folder:
    files, folders = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.name.lower() not in IGNORED:
                (folders if entry.is_dir() else files).append(entry.name)
    return Folder(times, tuple(sorted(files)), tuple(sorted(folders)))


def _keep(path: Path, folders: dict[str, Folder]) -> None:
    record = {name: [*folder.times, folder.files, folder.folders] for name, folder in folders.items() if name}
    try:
        write_text(path, json.dumps(record, separators=(",", ":")))
    except OSError:  # a folder of somebody else's: listed again next time
        return


def _kept(path: Path) -> dict[str, Folder]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return {name: _folder(*kept) for name, kept in record.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}  # none, or spoilt: listed anew


def _folder(mtime: int, ctime: int, files: list[str], folders: list[str]) -> Folder:
    if not all(isinstance(name, str) for name in [*files, *folders]):
        raise TypeError("names are text")
    return Folder((int(mtime), int(ctime)), tuple(files), tuple(folders))
