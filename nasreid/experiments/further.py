"""Retrainings beyond the first one of what a search found: to tell the luck of searching from that of retraining.

Two searches that end alike may score apart because their networks were trained apart, and a search that wins by one
recipe may lose by another. So every genotype is trained `retrainings` times by the comparison's recipe, and as often by
each further recipe; the searches are not repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import over
from nasreid.errors import NasreidError
from nasreid.experiments.stages import SEARCHED
from nasreid.experiments.workers import Task
from nasreid.files import Document
from nasreid.ranges import SEEDS

SCORED = ("mAP", "mINP")
KEPT = ("data", "layout", "data_args", "space", "genotype")  # of a retraining, whatever the recipe


@dataclass(frozen=True)
class Further:
    """retrainings R: trainings of every genotype, the first of a job among them. recipes {name: sections}: whose
    section retrain takes the place of the comparison's, which is called `own`; a variant's options stay over it."""

    retrainings: int = 1
    recipes: Mapping[str, dict[str, Options]] = field(default_factory=dict)
    own: str = "its own"

    def __post_init__(self) -> None:
        if self.retrainings < 1:
            raise NasreidError(f"retrainings {self.retrainings}: expected at least 1")
        for name, sections in self.recipes.items():
            if "retrain" not in sections:
                raise NasreidError(f"recipe {name!r} has no section retrain; expected one, to train by it")

        if self.own in self.recipes:
            raise NasreidError(f"recipe {self.own!r} is that of the comparison; expected others")

    def __bool__(self) -> bool:
        return self.retrainings > 1 or bool(self.recipes)

    def each(self) -> int:
        """Trainings of one genotype, all in all."""
        return self.retrainings * (1 + len(self.recipes))

    def tasks(self, first: Task, variant: Options, output: Path) -> list[tuple[Task, Document]]:
        """Those beyond the job `first` that has ended, each with what it is: {variant, seed, recipe, retraining}.

        variant: its own options of the retraining.
        """
        name, seed = first.whose()
        made = []
        for number, recipe, sections in self._rest():
            spec: Document = {stage: dict(options) for stage, options in first.spec.items() if stage != "search"}
            if sections is not None:
                kept = {option: value for option, value in spec["retrain"].items() if option in KEPT}
                spec["retrain"] = {**over(sections["retrain"], variant), **kept}
            spec["retrain"]["seed"] = seed_of(seed, number)
            if "search" in first.spec:
                spec[SEARCHED] = Path(first.folder).name
            told = f"{name}, retraining {number}" + f" by {recipe}" * (sections is not None)
            made.append((Task.of(told, seed, spec, output / "jobs"),
                         {"variant": name, "seed": seed, "recipe": recipe, "retraining": number}))
        return made

    def _rest(self) -> list[tuple[int, str, dict[str, Options] | None]]:
        own: list[tuple[int, str, dict[str, Options] | None]] = [
            (number, self.own, None) for number in range(1, self.retrainings)]
        return own + [(number, name, sections) for name, sections in self.recipes.items()
                      for number in range(self.retrainings)]


def seed_of(seed: int, retraining: int) -> int:
    """The seed of a retraining: that of the search for the first one, then others that no other search begins with.

    >>> seed_of(3, 0), seed_of(3, 1) == seed_of(4, 1)
    (3, False)
    """
    if not retraining:
        return seed
    return int(np.random.SeedSequence((seed, retraining)).generate_state(1, np.uint64)[0] % SEEDS[1])


def averaged(rows: pd.DataFrame, columns: Sequence[str], recipe: str) -> pd.DataFrame:
    """One row for each search: that of its first training, its scores the means over all by that recipe.

    rows: columns variant, seed, recipe, retraining and `columns`, the scores. retrainings: how many, by any recipe.
    """
    own = rows[rows["recipe"] == recipe]
    means = own.groupby(["variant", "seed"], sort=False)[list(columns)].mean()
    first = own[own["retraining"] == 0].set_index(["variant", "seed"])
    first = first.assign(**{name: means[name] for name in columns})
    first["retrainings"] = rows.groupby(["variant", "seed"]).size()
    return first.drop(columns=["recipe", "retraining"]).reset_index()


def scores_in(frame: pd.DataFrame) -> list[str]:
    """The columns that are scores."""
    return [str(name) for name in frame if name in SCORED or str(name).startswith("rank-")]
