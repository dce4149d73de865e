"""Searches judged by a table of truth, a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.truth import TRUSTED, Truth
from nasreid.files import Document


@dataclass(frozen=True)
class Sharing:
    """How the shared weights of a supernet judge.

    place: {data, layout, data_args, skip_broken} of the images. share: of the training identities, scored on. images:
    that give each network BatchNorm statistics of its own; what the supernet's say stands beside. architectures: so
    many of the table, drawn; None: all.
    """

    place: Options
    share: float = 0.25
    images: int = 512
    architectures: int | None = None

    def taus(self, truth: Truth, folder: str | Path, quiet: bool = False) -> Document:
        """Kendall's tau of what the weights in a run folder say with the truth, after `images` and after none."""
        from nasreid.experiments.shared_weights import WEIGHTS, scores

        if not (Path(folder) / WEIGHTS).is_file():
            return {}
        some = truth if self.architectures is None else truth.drawn(self.architectures)
        asked = {**({"tau_shared": self.images} if self.images else {}), "tau_shared_0": 0}
        return {name: some.tau(scores(folder, self.place, some.architectures(), self.share, quiet, images))
                for name, images in asked.items()}


def judged(known: Truth, runs: Sequence[str | Path], sharing: Sharing | None = None,
           quiet: bool = False) -> pd.DataFrame:
    """One row for each run folder of a search, see `nasreid.experiments.truth`.

    sharing: where shared weights shall judge, too.
    """
    return pd.DataFrame([{"run": str(run), **judge_run(known, run), **({} if sharing is None else sharing.taus(
        known, run, quiet))} for run in runs])


def judge_run(truth: Truth, folder: str | Path) -> Document:
    """One row: what the search in a run folder chose, and tau of its probabilities; of shared weights nothing yet."""
    from nasreid.genotype import Genotype

    genotype = Genotype.load(Path(folder) / "genotype.json")
    row: Document = {"strategy": genotype.provenance.get("strategy", "?"), **truth.judge(genotype.choices)}
    found = genotype.provenance.get("probabilities")
    row["tau_probabilities"] = np.nan if found is None else truth.tau(by_probability(truth, _chances(
        found, truth, folder)))
    row["tau_shared"] = row["tau_shared_0"] = np.nan
    return {**row, "choices": " ".join(genotype.choices[label] for label in truth.labels if label in genotype.choices)}


def _chances(found: object, truth: Truth, folder: str | Path) -> dict[str, dict[str, float]]:
    """Probabilities of all candidates of the table, as a genotype's provenance has them."""
    rows: dict[str, dict[str, float]] = {}
    for label, names in truth.candidates().items():
        row = found.get(label) if isinstance(found, dict) else None
        for name in names:
            chance = row.get(name) if isinstance(row, dict) else None
            if isinstance(chance, bool) or not isinstance(chance, int | float):
                raise NasreidError(f"run {str(folder)!r}: the probability of {label} {name} is {chance!r}; expected a "
                                   "number in the provenance of genotype.json")
            rows.setdefault(label, {})[name] = float(chance)
    return rows


def by_probability(truth: Truth, probabilities: Mapping[str, Mapping[str, float]]) -> list[float]:
    """Log of the product of a search's probabilities {label: {candidate: p}}, for each architecture of the table."""
    return [float(sum(np.log(max(probabilities[label][name], 1e-12)) for label, name in choices.items()))
            for choices in truth.architectures()]


def trusted(table: str, metric: str, insist: bool = False) -> Truth:
    """The truth, if it can tell architectures apart; NasreidError below a reliability of TRUSTED, unless `insist`.

    Of differences between its means, as regret, rank and tau are: what a seed does to all architectures is in none.
    """
    truth = Truth.load(table, metric)
    sure = truth.reliability().consistency
    if not insist and not sure >= TRUSTED:
        words = "unknown, with one seed" if sure != sure else f"{sure:.2f}"
        raise NasreidError(f"the reliability of {table!r} is {words}; expected at least {TRUSTED} to judge a search by "
                           "it: more seeds (nasreid exhaust --reliability), or --unreliable")
    return truth
