"""The report of a comparison: one HTML file that needs no network, made from the comparison's folder alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from nasreid.errors import NasreidError
from nasreid.evaluation import statistics
from nasreid.files import Document, read_json, read_table, write_text
from nasreid.pictures.report import sections
from nasreid.pictures.report.checklist import checklist
from nasreid.pictures.report.citing import citation
from nasreid.pictures.report.extremes import extremes
from nasreid.pictures.report.facts import machines
from nasreid.pictures.report.html import link, rendered
from nasreid.pictures.report.records import Job, jobs
from nasreid.pictures.report.shown import DRAWN, SAID, best, listed
from nasreid.pictures.report.tables import ABOUT, PAIRS_TOLD, RUNS, costs, lost, verdict

REPORT = "report.html"
SECTIONS = {"scores": "Scores", "searches": "How the searches went", "found": "What was found",
            "costs": "Cost and quality", "queries": "Best and worst queries", "practice": "Good practice",
            "repeat": "To repeat it", "cite": "Cite this"}


def write(folder: str | Path) -> Path:
    """Write report.html into the folder of a comparison that has runs.csv; returns its path."""
    folder = Path(folder)
    if not (folder / RUNS).is_file():
        raise NasreidError(f"folder {str(folder)!r} holds no {RUNS}; expected one that nasreid compare filled")
    about = read_json(folder / ABOUT, "record") if (folder / ABOUT).is_file() else {}
    for name, kind in {"metric": str, "reference": str, "command": str, "failed": dict}.items():
        if not isinstance(about.get(name, kind()), kind):
            raise NasreidError(f"record {str(folder / ABOUT)!r}: {name} is {about[name]!r}; expected {kind.__name__}")
    if "table" in about:
        raise NasreidError(f"folder {str(folder)!r} compares searches on the table {about['table']!r}; expected the "
                           f"command that filled it, which writes the report again: {about.get('command')}")
    frame = _runs(folder / RUNS, about.get("metric", "mAP"))
    write_text(folder / REPORT, rendered("comparison.html.j2", **_values(folder, frame, about)))
    return folder / REPORT


def _values(folder: Path, frame: pd.DataFrame, about: Document) -> dict[str, Any]:
    """All that the template shows."""
    metric, reference = about.get("metric", "mAP"), about.get("reference", str(frame["variant"].iloc[-1]))
    pairs, done = statistics.paired(frame, reference, metric), jobs(frame)
    shown = best(frame, reference, metric, DRAWN)
    searched = sections.searches(frame, shown)
    return {
        **_head(frame, about), "metric": metric, "reference": reference, "left_out": shown.said(),
        "pairs_told": PAIRS_TOLD,
        "sections": {id: name for id, name in SECTIONS.items() if searched or id != "searches"},
        "verdicts": listed(verdict(pairs, reference, metric), "in the table below"),
        "scores": sections.scores(frame, pairs, reference, metric), "searches": searched,
        "further": sections.further(folder, bool(about.get("further"))),
        "genotypes": sections.genotypes(shown, frame), "costs": sections.costs(frame, metric, shown),
        "queries": extremes(frame, about), "practices": checklist(frame, done, about), **_repeat(done, about),
        "tables": {path.name: link(path) for path in sorted(folder.glob("*.csv"))}, "citation": citation()}


def title(frame: pd.DataFrame) -> str:
    """The variants by name, or how many they are."""
    names = list(dict.fromkeys(frame["variant"].astype(str)))
    return " vs ".join(names) if len(names) <= SAID else f"{len(names)} variants"


def _head(frame: pd.DataFrame, about: Document) -> Document:
    seeds = frame.groupby("variant")["seed"].nunique()
    count = f"{seeds.min()}" if seeds.nunique() == 1 else f"{seeds.min()} to {seeds.max()}"
    return {"title": title(frame), "seeds": count, "data": Path(str(about.get("data", "the data"))).name,
            "lost": listed(lost(about.get("failed", {})), f"in {ABOUT}")}


def _repeat(done: Sequence[Job], about: Document) -> Document:
    failed = [f"failed: {name}: {why}" for name, why in about.get("failed", {}).items()]
    return {"failed": listed(failed, f"in {ABOUT}"), "command": about.get("command", ""),
            "recipe": yaml.safe_dump(done[0].spec, sort_keys=False, allow_unicode=True),
            "machines": "; ".join(machines(done)) or "a machine that is not recorded",
            "versions": "; ".join(_versions(done)) or "Versions are not recorded"}


def _versions(done: Sequence[Job]) -> list[str]:
    """Versions that the jobs ran with, each set once."""
    told = [stage.result["machine"] for job in done for stage in job.stages() if stage.result.get("machine")]
    left = ("processor", "cores", "threads", "device")
    return list(dict.fromkeys(", ".join(f"{name} {value}" for name, value in one.items() if name not in left)
                              for one in told))


def _runs(path: Path, metric: str) -> pd.DataFrame:
    frame = read_table(path, "variant", "folder", "choices", numbers=("seed", metric))
    for name in costs(frame):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise NasreidError(f"table {str(path)!r}: column {name!r} holds something else; expected numbers")
    for text in frame["choices"]:
        try:
            choices = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            choices = None
        if not isinstance(choices, dict):
            raise NasreidError(f"table {str(path)!r} has the choices {str(text)[:60]!r}; expected a JSON object "
                               "{label: candidate}")
    return frame
