"""A few embedded people in the folders of a layout, with blank images, for the laws to read."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pandas as pd
from PIL import Image

from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments, Copy
from nasreid.errors import NasreidError

SMALL = {"identities": 6, "test_identities": 4, "cameras": 6, "shots": 3, "height": 16, "width": 8, "seed": 0,
         "domain": 0}  # fmt: skip


class Miniature:
    """The data of a layout and the frame of them, each made when first asked for, and once.

    make(): the layout. given: a folder of its data; default: six people to train and four to test, as the layout
    itself describes them, in infrared as well where it can hold them beside the others.
    """

    def __init__(self, make: Callable[[], Layout], given: str | Path | None = None):
        self.make, self.given = make, given

    def check(self) -> None:
        """Raises NasreidError where there is no folder, and the layout describes no people."""
        if self.given is None:
            self.plan()

    def plan(self) -> Copy:
        """What to write of the people."""
        layout = self.make()
        try:
            copy = layout.people(Arguments(**SMALL, infrared=True))
        except NasreidError:
            copy = layout.people(Arguments(**SMALL, infrared=False))
        if copy is None:
            raise NasreidError(f"{type(layout).__name__} does not say how people are written; expected that, or a "
                               "folder of its data")
        return copy

    @cached_property
    def root(self) -> Path:
        """What the reader is given."""
        if self.given is not None:
            return Path(self.given)
        copy = self.plan()
        folder = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return blank(copy, Path(folder) / copy.folder) / copy.given

    @cached_property
    def frame(self) -> pd.DataFrame:
        """What it reads."""
        return self.make().read(self.root)


def blank(copy: Copy, base: Path) -> Path:
    """Write a copy with blank images below `base`, in no time: the readers do not open them."""
    for shown in copy.pictures:
        (base / shown.path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 8), "grey").save(base / shown.path)
    for path, content in copy.files.items():
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_bytes(content)
    return base


@contextmanager
def blanks(copy: Copy | None = None) -> Iterator[Path]:
    """A folder that is gone afterwards, with a copy in it, or empty."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) if copy is None else blank(copy, Path(folder) / copy.folder)
