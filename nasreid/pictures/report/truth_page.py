"""The page of searches that a table of truth judged: regret first, then what was found and what it cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from nasreid.files import Document, write_text
from nasreid.pictures.report import plots, sections
from nasreid.pictures.report.citing import citation
from nasreid.pictures.report.html import link, picture, rendered, table
from nasreid.pictures.report.shown import DRAWN, best
from nasreid.pictures.report.tables import PAIRS_TOLD, VERDICTS_TOLD, pairs_table, regret_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPORT = "report.html"


def write(folder: str | Path, frame: pd.DataFrame, means: pd.DataFrame, pairs: pd.DataFrame, about: Document,
          budgets: Figure | None = None) -> Path:
    """report.html in `folder`; returns its path.

    frame: a row a search; means: `table_comparison.summary`; pairs: `statistics.paired` of the regrets. about: said (a
    sentence each), metric, reference, truth (what the table says of itself, lines), command. budgets: the
    picture of regret against images, where something was searched by trials.
    """
    metric, folder = about["metric"], Path(folder)
    told = "; ".join(f"{row['variant']} {row['regret']:.2f}" for row in means.to_dict("records"))
    drawn = picture(lambda: plots.inline(plots.regrets(frame, means, metric)),
                    f"{metric} behind the best architecture: every search a dot; diamond and line: mean and 95 % "
                    "interval; dashed: an architecture drawn at random.", f"Chart. Mean regret: {told}.")
    spent = None if budgets is None else picture(
        lambda: plots.inline(budgets), "Median of the searches and their middle half against the images shown; trials "
        "are followed beyond the budget of the comparison, a search that ends with one budget is a mark.",
        "Chart of the regret against the images shown; its numbers are in budget.csv.")
    shown = best(frame, about["reference"], metric, DRAWN)
    found = {str(name): sections.consensus([json.loads(text) for text in part["choices"]])
             for name, part in shown.of(frame).groupby("variant", sort=False)}
    against = table(pairs_table(pairs), "paired", pairs) if len(pairs) else None
    write_text(folder / REPORT, rendered(
        "truth.html.j2", title=" vs ".join(map(str, means["variant"])), about=about, regrets=drawn, budgets=spent,
        means=table(regret_table(means, metric), "summary", means), pairs=against, pairs_told=PAIRS_TOLD,
        verdicts_told=VERDICTS_TOLD, unseen=any(str(name).endswith(" regret") for name in means), found=found,
        left_out=shown.said(), tables={path.name: link(path) for path in sorted(folder.glob("*.csv"))},
        citation=citation()))
    return folder / REPORT
