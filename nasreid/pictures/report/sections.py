"""The sections of a comparison's report: scores, truth, how the searches went, what was found, what it costs."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import pandas as pd

from nasreid.errors import NasreidError
from nasreid.evaluation import diagnostics, statistics
from nasreid.files import read_table
from nasreid.pictures.report import plots
from nasreid.pictures.report.html import picture, reason, table
from nasreid.pictures.report.tables import (
    COMPONENTS,
    RECIPES,
    SURVIVAL,
    budget_table,
    components_table,
    pairs_table,
    recipes_table,
    scores_table,
    survived,
)


def scores(frame: pd.DataFrame, reference: str, metric: str) -> str:
    """Scores, paired differences and budgets."""
    means, pairs = statistics.summary(frame, metric), statistics.paired(frame, reference, metric)
    shown = [picture(lambda: plots.inline(plots.scores(frame, means, metric)),
                     "Every run a dot; diamond and line: mean and 95 % interval."),
             picture(lambda: plots.inline(plots.differences(pairs, reference, metric)),
                     "Paired differences. An interval over the line at 0 means: cannot be told apart.")]
    few = f"{pairs['p_min'].min():.3g} is the least p that so few seeds can give." if len(pairs) else ""
    return (f"<h2>Scores</h2>{''.join(shown)}{table(scores_table(means))}<h3>Against {escape(reference)}, "
            f"same seeds</h3>{table(pairs_table(pairs))}<p class='small'>{few} p: signs permuted, two-sided. "
            "P(ahead): share of all pairs of runs. Seeds for 1: pairs of runs that would show a difference of 1 with "
            "80 % power, and in brackets how far these seeds know that number (95 %).</p>"
            f"<h3>Budget, median over seeds</h3>{table(budget_table(frame))}")


def further(folder: Path) -> str:
    """What trainings beyond the first of each genotype say, where there are any: what scores vary with, and whether the
    order of the variants survives another recipe."""
    shown = []
    if (folder / COMPONENTS).is_file():
        read = read_table(folder / COMPONENTS, "variant")
        shown.append("<h2>Searching or retraining: what the scores vary with</h2>"
                     f"{table(components_table(read))}<p class='small'>Standard deviations and 95 % intervals, in "
                     "points of the score; the error of a mean counts searches, not retrainings.</p>")
    if (folder / SURVIVAL).is_file():
        means, lasting = read_table(folder / RECIPES, "variant", "recipe"), read_table(folder / SURVIVAL, "recipe")
        said = "".join(f"<li>{escape(line)}</li>" for line in survived(lasting.fillna({"reversed": ""})))
        shown.append(f"<h2>Does the ranking survive another recipe?</h2><ul>{said}</ul>{table(recipes_table(means))}")
    return "".join(shown)


def searches(frame: pd.DataFrame) -> str:
    """Entropy of all searches, their alarms, and the trajectory of each variant's first."""
    found: dict[tuple[str, int], pd.DataFrame] = {}
    alarms: list[str] = []
    first: dict[str, Path] = {}
    for row in frame.to_dict("records"):
        place = Path(row["folder"]) / "search"
        if not (place / "probabilities.csv").is_file():
            continue
        chances = read_table(place / "probabilities.csv", "label", "candidate")
        found[str(row["variant"]), int(row["seed"])] = diagnostics.decisions(chances)
        alarms += [f"{row['variant']}, seed {row['seed']}: {alarm}" for alarm in diagnostics.alarms_of(place)]
        first.setdefault(str(row["variant"]), place / "probabilities.png")
    if not found:
        return ""
    warned = "".join(f"<p class='alarm'>{escape(alarm)}</p>" for alarm in alarms)
    shown = "".join(_file(path, f"{name}, first seed") for name, path in first.items() if path.is_file())
    drawn = picture(lambda: plots.inline(plots.entropies(found)),
                    "How decided the searches were: mean entropy of all decisions.")
    return f"<h2>How the searches went</h2>{drawn}{warned}<div class='side'>{shown}</div>"


def genotypes(frame: pd.DataFrame) -> str:
    """What the seeds of each variant agree on, and the first one's diagram."""
    shown = []
    for name, part in frame.groupby("variant", sort=False):
        pictures = [_consensus([json.loads(text) for text in part["choices"]])]
        drawing = Path(part["folder"].iloc[0]) / "search" / "genotype.svg"
        if drawing.is_file():
            pictures.append(_file(drawing, f"seed {part['seed'].iloc[0]}"))
        shown.append(f"<h3>{escape(str(name))}</h3><div class='side'>{''.join(pictures)}</div>")
    return ("<h2>What was found</h2><p class='small'>Rows are decisions, columns candidates; the number says how many "
            f"seeds took it.</p>{''.join(shown)}")


def costs(frame: pd.DataFrame, metric: str) -> str:
    """Cost of the networks against their quality."""
    drawn = picture(lambda: plots.inline(plots.costs(frame, metric)), "Every run a dot.")
    return f"<h2>Cost and quality</h2>{drawn}"


def _consensus(choices: list[dict[str, str]]) -> str:
    if not any(choices):
        return ""  # a network in which nothing was decided
    try:
        agreed = diagnostics.agreement(choices)[0]
    except NasreidError as error:  # genotypes over different decisions
        return f"<p class='small alarm'>not drawn: what {len(choices)} seeds agree on ({reason(error)})</p>"
    words = f"{len(choices)} seeds; two of them agree in {agreed:.0%} of the decisions"
    return picture(lambda: plots.inline(plots.consensus(diagnostics.histogram(choices), len(choices))), words)


def _file(path: Path, words: str) -> str:
    return picture(lambda: plots.file(path), words)
