"""The embedded people for a search across modalities: infrared queries, visible gallery."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasreid.data.layouts.market import market1501

KEPT = {("train", "visible"), ("train", "infrared"), ("query", "infrared"), ("gallery", "visible")}


def market1501_infrared(root: str | Path, skip_broken: bool = False) -> pd.DataFrame:
    """Read the Market-1501 layout with its infrared extension under `root` (`nasreid data synthesize --infrared`).

    Training rows hold both modalities; query rows are the infrared query images and gallery rows the visible gallery
    images, distractors included, as in SYSU-MM01. Visible queries and the infrared gallery are left out. Columns and
    errors are those of `market1501`.
    """
    frame = market1501(root, modalities="both", skip_broken=skip_broken)
    kept = [pair in KEPT for pair in zip(frame["split"], frame["modality"], strict=True)]
    return frame[kept].reset_index(drop=True)
