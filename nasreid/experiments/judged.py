"""Searches judged by a table of truth, a row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.experiments.truth import TRUSTED, Truth
from nasreid.files import Document


def judged(known: Truth, runs: Sequence[str | Path], place: Options | None, share: float = 0.25,
           quiet: bool = False) -> pd.DataFrame:
    """One row for each run folder of a search, see `nasreid.experiments.truth`.

    place: of the data, where shared weights shall judge, too.
    """
    rows = []
    for run in runs:
        shared = None
        if place is not None:
            from nasreid.experiments.shared_weights import WEIGHTS, scores

            if (Path(run) / WEIGHTS).is_file():
                shared = scores(run, place, known.architectures(), share, quiet)
        rows.append({"run": str(run), **judge_run(known, run, shared)})
    return pd.DataFrame(rows)


def judge_run(truth: Truth, folder: str | Path, weights: Sequence[float] | None = None) -> Document:
    """One row: what the search in a run folder chose, and tau of its probabilities and of shared `weights`' scores."""
    from nasreid.genotype import Genotype

    genotype = Genotype.load(Path(folder) / "genotype.json")
    row: Document = {"strategy": genotype.provenance.get("strategy", "?"), **truth.judge(genotype.choices)}
    found = genotype.provenance.get("probabilities")
    row["tau_probabilities"] = np.nan if found is None else truth.tau(by_probability(truth, found))
    row["tau_shared"] = np.nan if weights is None else truth.tau(weights)
    return {**row, "choices": " ".join(genotype.choices[label] for label in truth.labels if label in genotype.choices)}


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
