"""How fast the networks of a comparison are, against one network in the same minutes (MSINet, table 2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from nasreid.experiments.profile import Profile
from nasreid.files import write_text
from nasreid.genotype import Genotype
from nasreid.network.catalogue import find
from nasreid.pictures.report.tables import SPEED, TEXT, markdown, speed_table

BATCH = 16


def timed(frame: pd.DataFrame, against: str, output: Path, size: tuple[int, int], space: str | None = None,
          measured: Callable[..., Profile] = Profile) -> pd.DataFrame:
    """The network of each variant's first seed: time relative to that of the name `against`, in speed.csv and in words.

    frame: variant and folder, a row for each job; size: height and width of an image. Networks are timed in torch, in
    turn, in batches of 16. Columns variant, against, ratio, low, high (its 95 % interval) and ms.
    """
    first = frame.drop_duplicates("variant").to_dict("records")
    found = {str(one["variant"]): Genotype.load(Path(str(one["folder"])) / "retrain" / "genotype.json")
             for one in first}
    reference = f"{against}, the reference"
    how = measured(*size, batches=(BATCH,), runtimes=("torch",), rounds=7)
    rows = how.table({reference: find(against, space), **found}, reference, space).to_dict("records")
    table = pd.DataFrame([{"variant": row["network"], "against": against,
                           **{name: row[name] for name in ("ratio", "low", "high", "ms")}}
                          for row in rows if row["network"] != reference])
    write_text(output / SPEED, table.to_csv(index=False))
    said = (output / TEXT).read_text(encoding="utf-8").rstrip("\n")
    write_text(output / TEXT, f"{said}\n\n{words(table)}\n")
    return table


def words(table: pd.DataFrame) -> str:
    """The table as people read it."""
    return (f"inference time of the first seed's network, batches of {BATCH}, in torch on this machine\n\n"
            f"{markdown(speed_table(table))}")
