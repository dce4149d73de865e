"""How good a search was on a space of which every architecture has been trained (`nasreid exhaust`).

The table has a column for each decision, all of them before the column `seed`; the score of an architecture is the mean
over seeds. It is itself a measurement: of many scores the best one is an optimistic one, and so is regret a little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.files import Document, read_table


@dataclass(frozen=True)
class Truth:
    """labels: of the decisions. scores: mean over seeds {candidates in the order of the labels: score}."""

    labels: tuple[str, ...]
    scores: pd.Series
    seeds: int
    noise: float

    @classmethod
    def load(cls, path: str | Path, metric: str = "mAP") -> Truth:
        """Read the table; noise is the standard deviation of a mean over seeds (NaN with one seed)."""
        table = read_table(path, numbers=("seed", metric))
        labels = [str(name) for name in table.columns[: list(table.columns).index("seed")]]
        table = table.assign(**{metric: table[metric].astype(float)})
        groups = table.groupby(labels, sort=False)[metric]
        count = int(groups.count().min())
        spread = float(np.sqrt(groups.var().mean() / count)) if count > 1 else np.nan
        return cls(tuple(labels), groups.mean(), count, spread)

    def key(self, choices: Mapping[str, str]) -> tuple[str, ...] | str:
        """Where an architecture is in the table; refuses one that is not of this space."""
        if set(choices) != set(self.labels):
            raise NasreidError(f"the genotype decides {', '.join(choices)}; expected the decisions of the table, "
                               f"{', '.join(self.labels)}")
        names = tuple(choices[label] for label in self.labels)
        if len(names) == 1 and names[0] in self.scores.index:
            return names[0]
        if names not in self.scores.index:
            raise NasreidError(f"{' '.join(names)} is not in the table of {len(self.scores)} architectures")
        return names

    def architectures(self) -> list[dict[str, str]]:
        """The choices of every architecture, in the order of the table."""
        rows = [key if isinstance(key, tuple) else (key,) for key in self.scores.index]
        return [dict(zip(self.labels, map(str, row), strict=True)) for row in rows]

    def judge(self, choices: Mapping[str, str]) -> dict[str, float]:
        """Score of the chosen one, its rank (1: the best; equals share the better one), of how many, and its regret:
        how far it is behind the best; chance: the mean regret of an architecture that is drawn at random."""
        own, scores = float(self.scores[self.key(choices)]), self.scores.to_numpy()
        return {"truth": own, "rank": int((scores > own).sum()) + 1, "of": len(scores),
                "regret": float(scores.max()) - own, "chance": float(scores.max() - scores.mean())}

    def explained(self) -> tuple[float, float]:
        """Share of the variance of the scores that the decisions explain, each on its own; and the share that they
        would explain of noise, (p - 1) / (n - 1) with p parameters and n architectures. A table in which the first is
        no larger than the second says little about any decision."""
        rows = pd.get_dummies(pd.DataFrame(self.architectures()), drop_first=True, dtype=float).to_numpy()
        design, scores = np.column_stack([np.ones(len(rows)), rows]), self.scores.to_numpy()
        rest = scores - design @ np.linalg.lstsq(design, scores, rcond=None)[0]
        return float(1 - rest.var() / scores.var()), (design.shape[1] - 1) / (len(scores) - 1)

    def tau(self, preference: Sequence[float]) -> float:
        """Kendall's tau-b of a preference, one number for each of `architectures()`, and the truth."""
        found: Any = stats.kendalltau(np.asarray(preference), self.scores.to_numpy())
        return float(found.statistic)


def by_probability(truth: Truth, probabilities: Mapping[str, Mapping[str, float]]) -> list[float]:
    """Log of the product of a search's probabilities {label: {candidate: p}}, for each architecture of the table."""
    return [float(sum(np.log(max(probabilities[label][name], 1e-12)) for label, name in choices.items()))
            for choices in truth.architectures()]


def judge_run(truth: Truth, folder: str | Path, weights: Sequence[float] | None = None) -> Document:
    """One row: what the search in a run folder chose, and tau of its probabilities and of shared `weights`' scores."""
    from nasreid.genotype import Genotype

    genotype = Genotype.load(Path(folder) / "genotype.json")
    row: Document = {"strategy": genotype.provenance.get("strategy", "?"), **truth.judge(genotype.choices)}
    found = genotype.provenance.get("probabilities")
    row["tau_probabilities"] = np.nan if found is None else truth.tau(by_probability(truth, found))
    row["tau_shared"] = np.nan if weights is None else truth.tau(weights)
    return {**row, "choices": " ".join(genotype.choices[label] for label in truth.labels)}
