"""The page that says what fits what: the same tables as `nasreid list --fits`, and what the table of truth says."""

from __future__ import annotations

import pandas as pd

from docs.making.page import ROOT, code, escaped, table, write
from nasreid.cli.recipe import recipe, shipped
from nasreid.experiments.matrix import LEGEND, Matrix, Said, spaces_by_strategies, strategies_by_objectives

SEARCHES = "benchmarks/compare/micro.csv"


def make() -> None:
    recipes = {name: recipe(name) for name in shipped()}
    write("parts/fits.md", "# What fits what", "`nasreid list --fits` prints these tables; all of it is tried, and the "
          "tests run every cell that fits. Every objective works on every space, and searches by trials take every "
          "space with a decision.", f"{escaped(LEGEND)}.", "## Spaces and strategies",
          *shown(spaces_by_strategies(recipes), "spaces", "strategies"), "## Strategies and objectives",
          *shown(strategies_by_objectives(recipes), "strategies", "objectives"), "## What recipes search with",
          ran(Said.by(recipes)), "## What the table of truth says", "Searches of `Micro`, of which every network was "
          f"trained: mean regret in mAP over the searches in `{SEARCHES}` ([all of it](../numbers/searching.md)). Of "
          "the other spaces no table judges strategies yet.", judged())


def shown(matrix: Matrix, rows: str, columns: str) -> list[str]:
    """The table of a matrix, and its refusals."""
    head = ["", *(f"[{name}]({columns}/{name}.md)" for name in matrix.columns)]
    lines = [[f"[{row}]({rows}/{row}.md)", *marks] for row, *marks in matrix.lines()]
    return [table(head, lines), "\n".join(f"- {at}: {escaped(why)}" for at, why in enumerate(matrix.refusals, 1))]


def ran(said: Said) -> str:
    """Which recipe says which pair of a space and a strategy."""
    rows = [(code(space), code(strategy), ", ".join(f"[{name}](recipes/{name}.md)" for name in names))
            for (space, strategy), names in sorted(said.spaces.items())]
    return table(("space", "strategy", "recipes"), rows)


def judged() -> str:
    """Mean regret of each strategy on the table that ships."""
    runs = pd.read_csv(ROOT / SEARCHES)
    means = runs.groupby("variant", sort=False)[["regret", "chance"]].mean()
    rows = [(code(name), len(part), f"{means.loc[name, 'regret']:.2f}",
             f"{means.loc[name, 'regret'] / means.loc[name, 'chance']:.0%}")
            for name, part in runs.groupby("variant", sort=False)]
    return table(("strategy", "searches", "mean regret", "of chance"), rows)
