"""Genotypes of a space, and their networks, for the laws to look at."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import cast

import numpy as np

from nasreid.experiments.laws.law import about, some
from nasreid.mutation import decisions, freeze
from nasreid.space import SearchSpace
from nasreid.training.seeding import seeded

Make = Callable[[], SearchSpace]


class Samples:
    """Genotypes of a space, at least `number`, among which each candidate of each decision is once, and their networks.

    make(): a new space, open. The networks are built when first asked for, and once.
    """

    def __init__(self, make: Make, number: int = 3, seed: int = 0):
        self.make, self.number, self.seed = make, number, seed

    @cached_property
    def genotypes(self) -> list[dict[str, str]]:
        """{label: candidate}: the first of each decision, the second of each, and so on, then random ones."""
        known, rng = decisions(self.make()), np.random.default_rng(self.seed)
        most = max(len(names) for names in known.values())
        found = [{label: names[place % len(names)] for label, names in known.items()} for place in range(most)]
        drawn = [{label: str(rng.choice(names)) for label, names in known.items()} for _ in range(self.number - most)]
        return [known.existing(choices) for choices in [*found, *drawn]]

    @cached_property
    def networks(self) -> list[tuple[str, SearchSpace]]:
        """Each genotype in a few words, and its network in float64 and evaluation, whose maps need no gradient."""
        made = []
        for choices in self.genotypes:
            what = "genotype " + some([f"{label}={name}" for label, name in choices.items()], 4)
            with about(what), seeded(self.seed):
                frozen = freeze(self.make(), choices).double().eval().requires_grad_(False)
            made.append((what, cast(SearchSpace, frozen)))  # freezing keeps the class
        return made
