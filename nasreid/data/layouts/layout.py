"""A layout: the folders of a data set, how they are read, and what is known of the data.

A file of your own brings one, `--layout ./mine.py:Mine`, with the same rights as ours:

    class Mine(Layout):
        '''Images named PERSON-CAMERA-SHOT.png; shots: how many of each are read.'''

        protocol = "market"
        cameras = 4

        def __init__(self, shots: int = 2):  # --data-args.shots 3
            self.shots = shots

        def read(self, root, skip_broken=False):
            ...  # a frame with the columns of nasreid.data.frame
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pandas as pd

from nasreid.data.layouts.counts import Count
from nasreid.data.layouts.sights import Arguments, Copy


class Layout(ABC):
    """A data set's folders. The arguments of the constructor are its options, `--data-args.NAME`.

    name: what `--layout` calls it, of ours only; yours is called by its place, `./mine.py:Mine`.
    protocol: how it is scored: one of ours ("market"), "module:function", or ":function" in the layout's own file,
    a function that returns rows of `nasreid.evaluation.protocol.Protocol`.
    cameras: how many the data set has, None = not known. note: said whenever the data are used.

    Laws (`nasreid conformance`): the frame has the documented columns and kinds, existing files, each once, sorted
    by path; nobody is both trained on and tested; reading twice gives the same frame.
    """

    name: ClassVar[str] = ""
    protocol: ClassVar[str] = ""
    cameras: ClassVar[int | None] = None
    note: ClassVar[str] = ""

    @abstractmethod
    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Frame of the N images below `root`, sorted by path, with the columns of `nasreid.data.frame`.

        Contents are not opened, see `nasreid.data.checked.verify`. Raises NasreidError for a missing folder, for an
        image listed twice, and for a name that is none of the layout's; with `skip_broken` such names are left out.
        """

    def counts(self) -> Sequence[Count]:
        """What is published of every split, with these options; empty = nothing is, and nothing is compared."""
        return ()

    def remarks(self, frame: pd.DataFrame) -> Sequence[str]:
        """What `nasreid data check` says of a copy that was read, e.g. which version it is."""
        return ()

    def people(self, arguments: Arguments) -> Copy | None:
        """The embedded people written in this layout (`nasreid data synthesize`), None = nobody writes it.

        The options change no file, only which rows `read` should find, e.g. another trial.
        """
        return None
