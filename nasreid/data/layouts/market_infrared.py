"""The embedded people for a search across modalities: infrared queries, visible gallery."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.market import Market1501
from nasreid.data.layouts.sights import Arguments, Copy

KEPT = {("train", "visible"), ("train", "infrared"), ("query", "infrared"), ("gallery", "visible")}
BOTH = Market1501(modalities="both")


@dataclass(frozen=True)
class Market1501Infrared(Layout):
    """The Market-1501 layout with our infrared extension (`nasreid data synthesize --infrared`).

    Training rows hold both modalities; query rows are the infrared query images and gallery rows the visible gallery
    images, distractors included, as in SYSU-MM01. Visible queries and the infrared gallery are left out.
    """

    name = "market1501-infrared"
    protocol = "market"

    def read(self, root: Path, skip_broken: bool = False) -> pd.DataFrame:
        """Read `root`, the folder Market-1501-v15.09.15 itself or its parent; errors are those of `Market1501`."""
        frame = BOTH.read(root, skip_broken)
        kept = [pair in KEPT for pair in zip(frame["split"], frame["modality"], strict=True)]
        return frame[kept].reset_index(drop=True)

    def people(self, arguments: Arguments) -> Copy:
        """The files of `Market1501`."""
        copy = BOTH.people(arguments)
        pictures = [shown if (shown.sight.split, shown.sight.modality) in KEPT else replace(shown, row=None)
                    for shown in copy.pictures]
        return Copy(copy.folder, pictures)
