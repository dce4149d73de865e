"""Answers to single practices, each from the records of every job: yes, no, or not recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import pandas as pd

from nasreid.files import Document
from nasreid.pictures.report.records import Job, Stage
from nasreid.run import STAMP

ALIKE = 1.05  # budgets that differ by less are the same: epochs are whole


@dataclass(frozen=True)
class Answer:
    """One practice, whether it was kept (yes, no, not recorded, yours), and why we say so."""

    practice: str
    kept: str
    why: str


def code(practice: str, stages: Sequence[Stage]) -> Answer:
    """Is what ran part of nasreid, of a version that is told?"""
    if missing := _missing(practice, [stage.config for stage in stages], "configuration"):
        return missing
    if foreign := sorted({name for stage in stages for name in stage.foreign()}):
        return Answer(practice, "yours", f"not part of nasreid: {', '.join(foreign)}")
    versions = sorted({str(stage.config.get(STAMP) or "") for stage in stages})
    if "" in versions:
        return Answer(practice, "not recorded", "the version of nasreid is not in every configuration")
    if not versions:
        return Answer(practice, "yes", "nothing was searched")
    return Answer(practice, "yes", f"commands and files of nasreid {', '.join(versions)}")


def options(jobs: Sequence[Job]) -> Answer:
    """Is every option of every stage written down?"""
    practice = "Hyper-parameters are released"
    return _missing(practice, [stage.config for job in jobs for stage in job.stages()], "configuration") or Answer(
        practice, "yes", "config.yaml of every search and training has all of them; the first job's is below")


def data(jobs: Sequence[Job], frame: pd.DataFrame) -> Answer:
    """Did every stage of every job read the same images?"""
    practice = "All methods use the same data and split"
    read = [stage.data() for job in jobs for stage in job.stages()]
    if missing := _missing(practice, read, "data"):
        return missing
    places = _different(read)
    if len(places) > 1:
        return Answer(practice, "no", "; ".join(places))
    if "queries" in frame and frame["queries"].nunique() > 1:
        return Answer(practice, "no", f"scored on {', '.join(map(str, sorted(set(frame['queries']))))} queries")
    return Answer(practice, "yes", f"every search and training read {places[0]}")


def space(jobs: Sequence[Job], frame: pd.DataFrame) -> Answer:
    """Do all genotypes make the same decisions, and did all searches make them in the same space?"""
    practice = "All methods use the same search space"
    labels = {tuple(sorted(json.loads(text))) for text in frame["choices"]}
    searches = [{name: job.search.config.get(name) for name in ("space", "space_args")}
                if job.search.config.get("space") else None for job in jobs if job.search]
    missing = _missing(practice, searches, "space")
    spaces = [] if missing else _different(searches)
    alike = len(labels) == 1 or (len(spaces) == 1 and set.intersection(*map(set, labels)))  # some lie inside candidates
    if not alike:
        return Answer(practice, "no", f"genotypes of {len(labels)} sets of decisions")
    if missing:
        return missing
    if len(spaces) > 1:
        return Answer(practice, "no", "; ".join(spaces))
    numbers = " or ".join(map(str, sorted({len(one) for one in labels})))
    return Answer(practice, "yes", f"{numbers} decisions{', ' + spaces[0] if spaces else ''}")


def recipe(jobs: Sequence[Job]) -> Answer:
    """Were all networks trained with the same options?"""
    practice = "Found networks are trained by one recipe"
    if missing := _missing(practice, [job.retrain.config for job in jobs], "configuration of the training"):
        return missing
    differ = _differing([job.retrain.recipe() for job in jobs])
    if differ:
        return Answer(practice, "no", f"trainings differ in {', '.join(differ)}")
    return Answer(practice, "yes", f"{len(jobs)} trainings with the same options but seed and genotype")


def confounders(jobs: Sequence[Job], frame: pd.DataFrame) -> Answer:
    """Did everything run with the same versions on the same kind of machine, and was it scored alike?"""
    practice = "Confounders are controlled"
    machines = [stage.result.get("machine") for job in jobs for stage in job.stages()]
    if missing := _missing(practice, machines, "machine"):
        return missing
    differ = _differing([machine for machine in machines if machine])
    if "protocol" not in frame or frame["protocol"].isna().any():
        return Answer(practice, "not recorded", "runs.csv has runs without their protocol")
    differ += ["the protocol"] if frame["protocol"].nunique() > 1 else []
    if differ:
        return Answer(practice, "no", f"jobs differ in {', '.join(differ)}")
    return Answer(practice, "yes", "the same versions, processor, threads, device and protocol for all")


def budget(jobs: Sequence[Job]) -> Answer:
    """Did the searches that train see as many images, within a twentieth? Medians over the seeds of a variant."""
    practice = "The same budget for every search"
    seen = [(job.variant, job.search.result.get("images")) for job in jobs if job.search]
    if missing := _missing(practice, [images for _, images in seen], "number of images"):
        return missing
    trained: dict[str, list[int]] = {}
    for variant, images in seen:
        if images:
            trained.setdefault(variant, []).append(images)
    medians = {variant: median(images) for variant, images in trained.items()}
    if not medians:
        return Answer(practice, "yes", "no search trained anything")
    words = ", ".join(f"{variant} {value:,.0f}" for variant, value in medians.items())
    alike = max(medians.values()) <= ALIKE * min(medians.values())
    return Answer(practice, "yes" if alike else "no", f"median images seen: {words}")


def hardware(jobs: Sequence[Job]) -> Answer:
    """Are times told, with the hardware that they were measured on, and is it one?"""
    practice = "Time and hardware are reported"
    stages = [stage for job in jobs for stage in job.stages()]
    if missing := _missing(practice, [stage.result.get("machine") for stage in stages], "machine"):
        return missing
    if missing := _missing(practice, [stage.result.get("seconds") for stage in stages], "time"):
        return missing
    found = machines(jobs)
    if len(found) > 1:
        return Answer(practice, "no", f"seconds of {len(found)} kinds of machine do not compare: {'; '.join(found)}")
    return Answer(practice, "yes", f"seconds and peak memory of each stage, on {found[0]}")


def machines(jobs: Sequence[Job]) -> list[str]:
    """What the jobs ran on, each kind once."""
    told = [stage.result["machine"] for job in jobs for stage in job.stages() if stage.result.get("machine")]
    return list(dict.fromkeys(
        f"{one.get('processor')}, {one.get('cores')} cores, {one.get('threads')} threads, device {one.get('device')}"
        for one in told))


def unseen(jobs: Sequence[Job]) -> Answer:
    """Did the searches read training images only?"""
    practice = "The test set did not guide the search"
    splits = [job.search.result.get("splits") for job in jobs if job.search]
    if missing := _missing(practice, splits, "images that guided it"):
        return missing
    tested = sorted({split for read in splits if read for split in read} - {"train"})
    if tested:
        return Answer(practice, "no", f"searches were scored on the splits {', '.join(tested)}")
    return Answer(practice, "yes", f"{len(splits)} searches read the split train only" if splits else
                  "nothing was searched")


def _missing(practice: str, records: Sequence[object], what: str) -> Answer | None:
    """"Not recorded" where a record is missing; 0 is a record."""
    lacking = sum(record is None or record == {} or record == [] for record in records)
    if lacking:
        return Answer(practice, "not recorded", f"{lacking} of {len(records)} records do not say: {what}")
    return None


def _different(records: Iterable[object]) -> list[str]:
    """The records in words, each once."""
    said = (record if isinstance(record, str) else json.dumps(record, sort_keys=True) for record in records)
    return list(dict.fromkeys(said))


def _differing(records: Sequence[Document]) -> list[str]:
    """Names of what is not the same in all records."""
    names = dict.fromkeys(name for record in records for name in record)
    return [name for name in names if len({json.dumps(record.get(name), sort_keys=True) for record in records}) > 1]
