"""Random: genotypes drawn uniformly, the baseline without which no search result means anything."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.relaxation import Softmax
from nasreid.strategy import Part, Split, Strategy, Twins


class Random(Strategy):
    """Draws every decision uniformly from the seed; trains nothing."""

    trained = False

    def __init__(self) -> None:
        self.relaxation = Softmax()

    def split(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        """Training frame -> one part with everything in it; no step uses it."""
        identities, labels = np.unique(frame["identity"].to_numpy(), return_inverse=True)
        return Split(Part(np.arange(len(frame)), labels, len(identities)))

    def objectives(self, width: int, split: Split) -> Twins:
        """There is no step and no objective."""
        raise NasreidError("strategy Random has no objectives: it draws genotypes without training")

    def choose(self, probabilities: dict[str, dict[str, float]], rng: np.random.Generator) -> dict[str, str]:
        """One candidate of each decision, uniformly."""
        return {label: str(rng.choice(list(row))) for label, row in probabilities.items()}
