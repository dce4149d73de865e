"""Searches judged by a table of truth, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options
from nasreid.experiments.shared_weights import WEIGHTS, scores
from nasreid.experiments.truth import Truth, judge_run


def judged(table: str, runs: Sequence[str | Path], place: Options | None, share: float = 0.25,
           metric: str = "mAP", quiet: bool = False) -> pd.DataFrame:
    """One row for each run folder of a search, see `nasreid.experiments.truth`.

    place: of the data, where shared weights shall judge, too.
    """
    known = Truth.load(table, metric)
    rows = []
    for run in runs:
        shared = None
        if place is not None and (Path(run) / WEIGHTS).is_file():
            shared = scores(run, place, known.architectures(), share, quiet)
        rows.append({"run": str(run), **judge_run(known, run, shared)})
    return pd.DataFrame(rows)
