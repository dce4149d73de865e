"""What the clusters of a run were like, epoch by epoch, as a table of its own beside the long one of all metrics."""

from __future__ import annotations

import pandas as pd

from nasreid.files import read_table, write_text
from nasreid.run import RunFolder

COLUMNS = ("clusters", "outliers", "mean_size", "largest", "nmi", "pair_f", "eps", "collapsed")
TABLE = "clusters.csv"


def table(metrics: pd.DataFrame) -> pd.DataFrame:
    """Rows of metrics (step, epoch, name, value) -> a row for each clustering: epoch, and what there is of it."""
    rows = metrics[metrics["name"].isin(COLUMNS)]
    wide = rows.pivot(index="epoch", columns="name", values="value")
    return wide[[name for name in COLUMNS if name in wide]].reset_index()


def leave(folder: RunFolder) -> None:
    """Write the table into the folder of a run."""
    found = table(read_table(folder / "metrics.csv", "name"))
    whole = [name for name in ("clusters", "outliers", "largest", "collapsed") if name in found]
    write_text(folder / TABLE, found.astype(dict.fromkeys(whole, int)).to_csv(index=False))
