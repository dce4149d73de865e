"""Random: genotypes drawn uniformly, the baseline without which no search result means anything."""

from __future__ import annotations

import numpy as np

from nasreid.errors import NasreidError
from nasreid.relaxation import Softmax
from nasreid.strategies.splits import Everything
from nasreid.strategy import Split, Strategy, Twins


class Random(Strategy):
    """Draws every decision uniformly from the seed; trains nothing."""

    trained = False
    relaxation = Softmax()
    division = Everything()

    def objectives(self, width: int, split: Split) -> Twins:
        """There is no step and no objective."""
        raise NasreidError("strategy Random has no objectives: it draws genotypes without training")

    def choose(self, probabilities: dict[str, dict[str, float]], rng: np.random.Generator) -> dict[str, str]:
        """One candidate of each decision, uniformly."""
        return {label: str(rng.choice(list(row))) for label, row in probabilities.items()}
