"""The sections of a comparison's report, as values for its template."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nasreid.errors import NasreidError
from nasreid.evaluation import diagnostics, statistics
from nasreid.files import read_table
from nasreid.pictures.report import plots
from nasreid.pictures.report.html import Picture, Table, picture, reason, table
from nasreid.pictures.report.shown import LINES, Shown, best, listed
from nasreid.pictures.report.tables import (
    COMPONENTS,
    RECIPES,
    SPEED,
    SURVIVAL,
    budget_table,
    components_table,
    pairs_table,
    recipes_table,
    scores_table,
    speed_table,
    survived,
)
from nasreid.pictures.trajectories import over_seeds

CHANCES = "probabilities.csv"


@dataclass(frozen=True)
class Scores:
    """What every variant scored, by itself and against the reference. left_out: what the pictures have no room for."""

    runs: Picture
    differences: Picture
    means: Table
    pairs: Table
    budget: Table
    least: str
    left_out: str


@dataclass(frozen=True)
class Searches:
    """How the searches went: entropies of what is drawn, alarms, a picture of the decisions of each variant."""

    entropies: Picture
    alarms: list[str]
    trajectories: dict[str, Picture]


@dataclass(frozen=True)
class Further:
    """What trainings beyond the first of each genotype say, and what networks were timed, where there are any."""

    components: Table | None = None
    survived: tuple[str, ...] = ()
    recipes: Table | None = None
    speed: Table | None = None


def scores(frame: pd.DataFrame, pairs: pd.DataFrame, reference: str, metric: str) -> Scores:
    """Scores, differences (`pairs`, of `statistics.paired`) and budgets."""
    means, shown = statistics.summary(frame, metric), best(frame, reference, metric, LINES)
    runs = picture(lambda: plots.inline(plots.scores(shown.of(frame), shown.of(means), metric)),
                   "Every run a dot; diamond and line: mean and 95 % interval.",
                   f"Chart. Mean {metric}: {_told(means, 'mean')}.")
    against = picture(lambda: plots.inline(plots.differences(shown.of(pairs), reference, metric)),
                      "Paired differences. An interval over the line at 0 means: cannot be told apart.",
                      f"Chart. {metric} minus that of {reference}: {_told(pairs, 'difference')}.")
    least = f"{pairs['p_min'].min():.3g}" if len(pairs) else ""
    return Scores(runs, against, table(scores_table(means), "summary", means),
                  table(pairs_table(pairs) if len(pairs) else pairs, "paired", pairs),
                  table(budget_table(frame), "budget"), least, shown.said())


def further(folder: Path, trainings: bool) -> Further:
    """What scores vary with, whether the order of the variants survives another recipe, and how fast networks are.

    trainings: there were some beyond the first of each genotype.
    """
    components, recipes, lasting, speed = None, None, (), None
    if (folder / SPEED).is_file():
        read = read_table(folder / SPEED, "variant", "against", numbers=("ratio", "low", "high", "ms"))
        speed = table(speed_table(read), "speed", read) if len(read) else None
    if not trainings:
        return Further(speed=speed)
    if (folder / COMPONENTS).is_file():
        read = read_table(folder / COMPONENTS, "variant")
        components = table(components_table(read), "components", read)
    if (folder / SURVIVAL).is_file():
        read = read_table(folder / RECIPES, "variant", "recipe")
        recipes = table(recipes_table(read), "recipes", read)
        lasting = tuple(survived(read_table(folder / SURVIVAL, "recipe").fillna({"reversed": ""})))
    return Further(components, lasting, recipes, speed)


def searches(frame: pd.DataFrame, shown: Shown) -> Searches | None:
    """Alarms of all searches, and pictures of those of the variants that are shown; None where nothing was searched."""
    alarms: dict[str, list[str]] = {}
    for row in frame.to_dict("records"):
        for alarm in diagnostics.alarms_of(_search(row)):
            alarms.setdefault(alarm, []).append(f"{row['variant']}, seed {row['seed']}")
    rows = shown.of(frame).to_dict("records")
    found = {(str(row["variant"]), int(row["seed"])): read_table(
        _search(row) / CHANCES, "label", "candidate", numbers=("epoch", "probability"))
        for row in rows if (_search(row) / CHANCES).is_file()}
    if not found:
        return None
    tables = {run: diagnostics.decisions(one) for run, one in found.items()}
    ends = [f"{variant}, seed {seed} {table.loc[table['epoch'] == table['epoch'].max(), 'entropy'].mean():.2f}"
            for (variant, seed), table in tables.items()]
    entropies = picture(lambda: plots.inline(plots.entropies(tables)),
                        "How decided the searches were: mean entropy of all decisions, a line for each search.",
                        f"Chart. Mean entropy at the end: {'; '.join(listed(ends, 'in the picture'))}.")
    lines = [f"{alarm}: {'; '.join(listed(who, 'in the diagnostics.json of the runs'))}"
             for alarm, who in alarms.items()]
    return Searches(entropies, listed(lines, "in the diagnostics.json of the runs"), _trajectories(found))


def _trajectories(found: dict[tuple[str, int], pd.DataFrame]) -> dict[str, Picture]:
    variants: dict[str, list[pd.DataFrame]] = {}
    for (variant, _), one in found.items():
        variants.setdefault(variant, []).append(one)
    return {variant: picture(lambda seeds=seeds: plots.inline(over_seeds(seeds)), _seeds(len(seeds)),
                             f"Chart of {variant}. {_ended(seeds)}") for variant, seeds in variants.items()}


def genotypes(shown: Shown, frame: pd.DataFrame) -> dict[str, list[Picture]]:
    """What the seeds of each variant agree on, and the first one's diagram."""
    found = {}
    every = [json.loads(text) for text in frame["choices"]]
    for name, part in shown.of(frame).groupby("variant", sort=False):
        made = [json.loads(text) for text in part["choices"]]
        taken = {candidate for one in every if one.keys() == made[0].keys() for candidate in one.values()}
        found[str(name)] = [consensus(made, taken)] if any(made) else []  # of a network in which nothing was decided
        drawing = Path(part["folder"].iloc[0]) / "search" / "genotype.svg"
        if drawing.is_file():
            words = f"seed {part['seed'].iloc[0]}"
            choices = ", ".join(f"{label} {name}" for label, name in json.loads(part["choices"].iloc[0]).items())
            found[str(name)].append(picture(lambda path=drawing: plots.file(path), words,
                                            f"Diagram of the genotype of {name}, {words}: {choices}."))
    return found


def consensus(choices: list[dict[str, str]], others: Iterable[str] = ()) -> Picture:
    """What so many genotypes agree on, as a heat map, with columns for the `others`, which other variants took."""
    try:
        agreed, most = diagnostics.agreement(choices)
        shares = diagnostics.histogram(choices, others)
    except NasreidError as error:  # genotypes over different decisions
        return Picture(f"what {len(choices)} seeds agree on", fault=reason(error))
    words = "one seed" if len(choices) == 1 else (
        f"{len(choices)} seeds; two of them agree in {agreed:.0%} of the decisions")
    told = ", ".join(f"{label} {name} {share:.0%}" for label, name, share in
                     zip(shares.index, shares.idxmax(axis=1), most, strict=True))
    return picture(lambda: plots.inline(plots.consensus(shares, len(choices))), words,
                   f"Heat map. Most frequent candidate of each decision: {told}.")


def costs(frame: pd.DataFrame, metric: str, shown: Shown) -> Picture:
    """Cost of the networks against their quality."""
    rest = "" if len(shown.names) == shown.total else " Grey: variants that are not drawn above."
    cost = frame["multiply_adds"] / 1e6 if "multiply_adds" in frame else pd.Series([float("nan")])
    return picture(lambda: plots.inline(plots.costs(frame, metric, named=shown.names)), f"Every run a dot.{rest}",
                   f"Chart of {len(frame)} runs: {cost.min():.3g} to {cost.max():.3g} million multiply-adds, {metric} "
                   f"{frame[metric].min():.2f} to {frame[metric].max():.2f}.")


def _search(row: dict[Hashable, Any]) -> Path:
    return Path(str(row["folder"])) / "search"


def _seeds(count: int) -> str:
    return f"Mean over {count} seeds, bands: 95 % interval of it." if count > 1 else "One seed, so there are no bands."


def _told(frame: pd.DataFrame, column: str) -> str:
    rows = [f"{row['variant']} {row[column]:.2f}, {row['low']:.2f} to {row['high']:.2f}"
            for row in frame.to_dict("records")]
    return "; ".join(listed(rows, "in the table"))


def _ended(seeds: list[pd.DataFrame]) -> str:
    """The strongest candidate of each decision at the end, by the mean over the seeds."""
    last = pd.concat([one[one["epoch"] == one["epoch"].max()] for one in seeds])
    means = last.groupby(["label", "candidate"], sort=False)["probability"].mean()
    said = []
    for label, part in means.groupby("label", sort=False):
        name = part.droplevel("label").idxmax()
        said.append(f"{label} {name} {part.max():.2f}")
    return f"At the end: {', '.join(said)}."
