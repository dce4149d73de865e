"""The practices that Lindauer and Hutter (JMLR 2020) ask of research on NAS, answered from what a comparison recorded.

The wording is ours. An answer is yes or no where the jobs' own records say so, "not recorded" where they do not, or
"yours": what only the people who publish can answer.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nasreid.files import Document
from nasreid.pictures.report.facts import (
    Answer,
    budget,
    code,
    confounders,
    data,
    hardware,
    options,
    recipe,
    space,
    unseen,
)
from nasreid.pictures.report.records import Job

RANDOM = ("random", "randomgenotype")


def checklist(frame: pd.DataFrame, jobs: Sequence[Job], about: Document) -> list[Answer]:
    """Answers for a comparison: `frame` its runs, `jobs` their records, `about` its compare.json."""
    return [
        code("Code of the training pipeline is released", [job.retrain for job in jobs]),
        code("Code of the search methods is released", [job.search for job in jobs if job.search]),
        options(jobs), data(jobs, frame), space(jobs, frame), recipe(jobs), confounders(jobs, frame), budget(jobs),
        _random(jobs), *_seeds(frame), _failed(about), _protocol(frame), hardware(jobs), unseen(jobs),
        Answer("Ablations of the method's ingredients", "yours", "variants can be ablations; the report cannot tell"),
        Answer("How hyper-parameters of the methods were tuned is told", "yours", "the report cannot know"),
        Answer("Surrogate benchmarks or a ground truth are used where possible", "yours", "nasreid exhaust makes one"),
    ]


def _random(jobs: Sequence[Job]) -> Answer:
    practice = "Random search is a baseline"
    names = [job.search.named("strategy") for job in jobs if job.search]
    random = sorted({name for name in names if name.lower().rpartition(":")[2] in RANDOM})
    if random:
        return Answer(practice, "yes", f"strategy {', '.join(random)}, with every seed's network trained as all others")
    if not names:
        return Answer(practice, "no", "nothing was searched")
    if not all(names):
        return Answer(practice, "not recorded", f"{names.count('')} of {len(names)} searches do not say their strategy")
    return Answer(practice, "no", f"strategies are {', '.join(sorted(set(names)))}")


def _seeds(frame: pd.DataFrame) -> list[Answer]:
    seeds = frame.groupby("variant")["seed"].nunique()
    few = f"{seeds.min()} seeds for each variant" if seeds.nunique() == 1 else f"{seeds.min()} to {seeds.max()} seeds"
    kept = "yes" if seeds.min() > 1 else "no"
    return [Answer("Several runs with different seeds", kept, few),
            Answer("Uncertainty is reported", kept, "95 % intervals, permutation p, effect")]


def _failed(about: Document) -> Answer:
    practice = "Nothing that failed is left out"
    if "failed" not in about:
        return Answer(practice, "not recorded", "compare.json does not say what failed")
    many = len(about["failed"])
    return Answer(practice, "no" if many else "yes", f"{many} jobs failed, listed below" if many else
                  "every job finished")


def _protocol(frame: pd.DataFrame) -> Answer:
    practice = "The metric and its protocol are stated"
    if "protocol" not in frame or frame["protocol"].isna().any():
        return Answer(practice, "not recorded", "runs.csv has runs without their protocol")
    return Answer(practice, "yes", "; ".join(sorted(set(frame["protocol"].astype(str)))))
