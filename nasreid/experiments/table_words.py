"""What a comparison on a table of truth says: its tables, its picture, its page, and the sentences for the terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nasreid.evaluation import statistics
from nasreid.experiments.table_comparison import summary
from nasreid.experiments.table_search import band
from nasreid.experiments.trust import told
from nasreid.files import write_text
from nasreid.pictures import budget
from nasreid.pictures.drawn import put
from nasreid.pictures.report import plots, truth_page
from nasreid.pictures.report.tables import (
    ABOUT,
    DECIDED,
    PAIRED,
    PAIRS_TOLD,
    RUNS,
    TABLE,
    TEXT,
    VERDICTS_TOLD,
    decisions,
    markdown,
    pairs_table,
    regret_table,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE, BUDGET = "regret", "budget"


@dataclass(frozen=True)
class Judged:
    """A finished comparison on a table.

    frame: of `TableComparison.run`. name, table: of the truth. reference: the variant that the others are paired with.
    verdicts: of `Deciding.verdicts`, about the regret. command: what was typed. curves: of
    `TableComparison.followed`, where something was searched by trials.
    """

    frame: pd.DataFrame
    name: str
    table: pd.DataFrame
    metric: str
    reference: str
    verdicts: pd.DataFrame
    command: str
    curves: pd.DataFrame | None = None

    def write(self, output: str | Path) -> str:
        """runs.csv, summary.csv, paired.csv, decided.csv, compare.md, regret.svg, .png, report.html; what was found.

        With searches by trials budget.csv, .svg and .png, too.
        """
        output = Path(output)
        means = summary(self.frame, self.metric)
        pairs = statistics.paired(self.frame, self.reference, "regret")
        pairs = pairs.assign(superiority=1 - pairs["superiority"]) if len(pairs) else pairs  # less is better
        for file, content in ((RUNS, self.frame), (TABLE, means), (PAIRED, pairs), (DECIDED, self.verdicts)):
            write_text(output / file, content.to_csv(index=False))
        said, sure = [*against_chance(means, self.metric), *decisions(self.verdicts, self.reference)], told(self.table)
        text = self._text(means, pairs, said, sure)
        write_text(output / TEXT, text)
        about = {"table": self.name, "metric": self.metric, "reference": self.reference, "said": said,
                 "seeds": int(means["n"].min()), "truth": sure, "command": self.command}
        write_text(output / ABOUT, json.dumps(about, indent=2) + "\n")
        for suffix in ("svg", "png"):
            put(plots.regrets(self.frame, means, self.metric), output / f"{PICTURE}.{suffix}")
        spent = None if self.curves is None else band(self.curves)
        budgets = self._budgets(output, means, spent)
        page = truth_page.write(output, self.frame, means, pairs, about, budgets)
        return f"{text}\npicture: {output / PICTURE}.svg\nreport: {page}"

    def _budgets(self, output: Path, means: pd.DataFrame, spent: pd.DataFrame | None) -> Figure | None:
        """What trials find for the images that they show, and what one-shot searches found for theirs."""
        if spent is None:
            return None
        write_text(output / f"{BUDGET}.csv", spent.to_csv(index=False))
        quartiles = self.frame.groupby("variant")["regret"].quantile(np.array([0.25, 0.5, 0.75])).unstack()
        once = means[~means["variant"].isin(spent["strategy"]) & (means["images"] > 0)]
        searches = once[["variant", "images"]].rename(columns={"variant": "strategy"})
        searches = searches.assign(**{name: quartiles.loc[once["variant"], at].to_numpy()
                                      for name, at in (("low", 0.25), ("median", 0.5), ("high", 0.75))})
        drawing = budget.drawn(spent, float(means["chance"].iloc[0]), "images", f"points of {self.metric}", searches)
        for suffix in ("svg", "png"):
            put(drawing, output / f"{BUDGET}.{suffix}")
        return drawing

    def _text(self, means: pd.DataFrame, pairs: pd.DataFrame, said: list[str], sure: list[str]) -> str:
        parts = ["\n".join(f"- {line}" for line in said), markdown(regret_table(means, self.metric))]
        if len(pairs):
            parts.append(f"regret against {self.reference}, same seeds\n\n{markdown(pairs_table(pairs))}")
            parts.append(f"{PAIRS_TOLD} {VERDICTS_TOLD}")
        return "\n\n".join([*parts, f"the table {self.name}: " + "; ".join(sure)]) + "\n"


def against_chance(means: pd.DataFrame, metric: str) -> list[str]:
    """What may be said of each variant against an architecture drawn at random, a sentence each."""
    said = []
    for row in means.to_dict("records"):
        how = f"{row['regret']:.2f} {metric} behind the best, chance is {row['chance']:.2f}"
        sure = (f"{how}, the same in every seed" if row["low"] == row["high"] else
                f"{how}; 95 % interval {row['low']:.2f} to {row['high']:.2f}")
        if row["n"] < 2:
            said.append(f"{row['variant']}: one seed, {how}.")
        elif row["high"] < row["chance"]:
            said.append(f"{row['variant']} beats chance ({sure}).")
        elif row["low"] > row["chance"]:
            said.append(f"{row['variant']} is worse than chance ({sure}).")
        else:
            said.append(f"{row['variant']} cannot be told from chance ({sure}).")
    return said
