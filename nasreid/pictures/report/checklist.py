"""The practices that Lindauer and Hutter (JMLR 2020) ask of research on NAS, answered from what a comparison knows.

The wording is ours. An answer is yes, no, or "yours": what only the people who publish can answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Answer:
    """One practice, whether it was kept (yes, no, yours), and why we say so."""

    practice: str
    kept: str
    why: str


def checklist(frame: pd.DataFrame, spec: dict[str, Any], failed: Sequence[str]) -> list[Answer]:
    """Answers for a comparison: `frame` its runs, `spec` one of its jobs, `failed` the names of jobs that failed."""
    seeds = frame.groupby("variant")["seed"].nunique()
    searched = frame[frame["search_images"] > 0]
    spread = searched.groupby("variant")["search_images"].median()
    same = len(spread) < 2 or spread.max() <= 1.05 * spread.min()
    budgets = ", ".join(f"{name} {value:,.0f}" for name, value in spread.items())
    few = f"{seeds.min()} seeds for each variant" if seeds.nunique() == 1 else f"{seeds.min()} to {seeds.max()} seeds"
    protocol = "; ".join(sorted(set(frame["protocol"].astype(str)))) if "protocol" in frame else "unknown"
    return [
        Answer("Code of the training pipeline is released", "yes", "search and retraining are commands of nasreid"),
        Answer("Code of the search methods is released", "yes", "strategies are files of nasreid, or files you name"),
        Answer("Hyper-parameters are released", "yes", "the recipe is printed below, each job's is in its job.yaml"),
        Answer("All methods use the same data and split", "yes",
               f"every job reads {spec.get('data', 'the same data')}"),
        Answer("All methods use the same search space", *_one(frame, spec)),
        Answer("Found networks are trained by one recipe", "yes", "the section retrain is common to all variants, but "
               "for what a variant changes by name"),
        Answer("Confounders are controlled", "yes", "one package, one machine setting of threads, one evaluation"),
        Answer("The same budget for every search", "yes" if same else "no",
               f"median images seen: {budgets}" if budgets else "nothing was searched"),
        Answer("Random search is a baseline", "yes" if _random(frame) else "no",
               "a random genotype is retrained for each seed"),
        Answer("Several runs with different seeds", "yes" if seeds.min() > 1 else "no", few),
        Answer("Uncertainty is reported", "yes" if seeds.min() > 1 else "no", "95 % intervals, permutation p, effect"),
        Answer("Nothing that failed is left out", "no" if failed else "yes",
               f"{len(failed)} jobs failed, listed below" if failed else "every job finished"),
        Answer("The metric and its protocol are stated", "yes", protocol),
        Answer("Time and hardware are reported", "yes", "seconds and peak memory of each stage, machine below"),
        Answer("The test set did not guide the search", "yes", "searches read training images only"),
        Answer("Ablations of the method's ingredients", "yours", "variants can be ablations; the report cannot tell"),
        Answer("How hyper-parameters of the methods were tuned is told", "yours", "the report cannot know"),
        Answer("Surrogate benchmarks or a ground truth are used where possible", "yours", "nasreid exhaust makes one"),
    ]


def _one(frame: pd.DataFrame, spec: dict[str, Any]) -> tuple[str, str]:
    labels = {tuple(sorted(choices)) for choices in frame["choices"].map(_labels)}
    space = spec.get("search", {}).get("space", "the space of the genotype")
    same = len(labels) == 1
    return "yes" if same else "no", f"{space}, {len(next(iter(labels)))} decisions" if same else "variants differ"


def _labels(text: str) -> list[str]:
    import json

    return list(json.loads(text))


def _random(frame: pd.DataFrame) -> bool:
    return any("random" in str(name).lower() for name in frame["variant"])
