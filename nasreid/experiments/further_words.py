"""What retrainings beyond the first ones say: their tables, and the parts of a comparison's text."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nasreid.errors import NasreidError
from nasreid.evaluation.components import components, pooled
from nasreid.evaluation.recipes import by_recipe, survival
from nasreid.files import write_text
from nasreid.pictures.report.tables import (
    COMPONENTS,
    RECIPES,
    RETRAININGS,
    SURVIVAL,
    components_table,
    markdown,
    recipes_table,
    survived,
)


def write(rows: pd.DataFrame, metric: str, recipe: str, output: Path) -> list[str]:
    """retrainings.csv and, where they say something, components.csv, recipes.csv, survival.csv; returns parts of text.

    rows: columns variant, seed, recipe, retraining, metric, …: one row for each training. recipe: the
    comparison's own.
    """
    write_text(output / RETRAININGS, rows.to_csv(index=False))
    for stale in (COMPONENTS, RECIPES, SURVIVAL):
        (output / stale).unlink(missing_ok=True)
    parts, own = [], rows[rows["recipe"] == recipe]
    if own["retraining"].nunique() > 1:
        parts.append(_components(own, metric, output))
    if rows["recipe"].nunique() > 1:
        table, lasting = by_recipe(rows, metric), survival(rows, metric)
        write_text(output / RECIPES, table.to_csv(index=False))
        write_text(output / SURVIVAL, lasting.to_csv(index=False))
        parts.append("the same genotypes trained by other recipes\n\n" + markdown(recipes_table(table)) + "\n\n"
                     + "\n".join(f"- {line}" for line in survived(lasting)))
    return parts


def _components(own: pd.DataFrame, metric: str, output: Path) -> str:
    try:
        table, words = components(own, metric), pooled(own, metric).words()
    except NasreidError as error:  # a training that failed: the rest is not balanced
        return f"what the scores vary with is not said: {error}"
    write_text(output / COMPONENTS, table.to_csv(index=False))
    return (f"what the scores vary with, searching or retraining\n\n{markdown(components_table(table))}\n\n"
            f"all variants together: {words}")
