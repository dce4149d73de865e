"""The page of searches that a table of truth judged: regret first, then what was found and what it cost."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from nasreid.evaluation import diagnostics
from nasreid.files import Document, write_text
from nasreid.pictures.report import plots
from nasreid.pictures.report.html import document, picture, table
from nasreid.pictures.report.tables import pairs_table, regret_table

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
    names = [str(name) for name in means["variant"]]
    metric, said = about["metric"], "".join(f"<li>{escape(line)}</li>" for line in about["said"])
    head = (f"<h1>{escape(' vs '.join(names))}</h1><p class='small'>{about['seeds']} seeds each; every search was run, "
            f"its score looked up in the table {escape(about['table'])}</p>"
            f"<ul class='lead'>{said}</ul>")
    words = (f"{metric} behind the best architecture: every search a dot; diamond and line: mean and 95 % interval; "
             "dashed: an architecture drawn at random.")
    drawn = picture(lambda: plots.inline(plots.regrets(frame, means, metric)), words)
    regret = f"<h2>Regret</h2>{drawn}{table(regret_table(means, metric))}"
    title = f"<h3>Regret against {escape(about['reference'])}, same seeds</h3>"
    against = "" if not len(pairs) else (
        f"{title}{table(pairs_table(pairs))}<p class='small'>p: signs permuted, two-sided. P(ahead): share of all "
        "pairs of searches with the larger regret.</p>")
    sure = "".join(f"<p>{escape(line)}</p>" for line in about["truth"])
    spent = "" if budgets is None else "<h2>Regret for what was spent</h2>" + picture(
        lambda: plots.inline(budgets), "Median of the searches and their middle half against the images shown; trials "
        "are followed beyond the budget of the comparison, a search that ends with one budget is a mark.")
    parts = [head, regret + against, spent, _found(frame), f"<h2>The table</h2>{sure}",
             f"<h2>To repeat it</h2><pre>{escape(about['command'])}</pre>"]
    path = Path(folder) / REPORT
    write_text(path, document(" vs ".join(names), parts))
    return path


def _found(frame: pd.DataFrame) -> str:
    shown = []
    for name, part in frame.groupby("variant", sort=False):
        choices = [json.loads(text) for text in part["choices"]]
        words = (f"{len(choices)} seeds; two of them agree in {diagnostics.agreement(choices)[0]:.0%} of the decisions")
        drawn = picture(lambda c=choices: plots.inline(plots.consensus(diagnostics.histogram(c), len(c))), words)
        shown.append(f"<div><h3>{escape(str(name))}</h3>{drawn}</div>")
    return ("<h2>What was found</h2><p class='small'>Rows are decisions, columns candidates; the number says how many "
            f"seeds took it.</p><div class='side'>{''.join(shown)}</div>")
