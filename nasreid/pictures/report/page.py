"""The report of a comparison: one HTML file that needs no network, made from the comparison's folder alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd
import yaml

from nasreid.errors import NasreidError
from nasreid.evaluation import statistics
from nasreid.files import Document, read_json, read_table, write_text
from nasreid.pictures.report import sections
from nasreid.pictures.report.checklist import checklist
from nasreid.pictures.report.extremes import extremes
from nasreid.pictures.report.facts import machines
from nasreid.pictures.report.html import document
from nasreid.pictures.report.records import Job, jobs
from nasreid.pictures.report.tables import ABOUT, RUNS, lost, verdict

REPORT = "report.html"
MANY = 20  # variants, beyond which the head of the page leaves the rest to the tables
CLASSES = {"yes": "yes", "no": "no", "yours": "yours", "not recorded": "unknown"}


def write(folder: str | Path) -> Path:
    """Write report.html into the folder of a comparison that has runs.csv; returns its path."""
    folder = Path(folder)
    if not (folder / RUNS).is_file():
        raise NasreidError(f"folder {str(folder)!r} holds no {RUNS}; expected one that nasreid compare filled")
    about = _about(folder / ABOUT)
    metric = about.get("metric", "mAP")
    frame = _runs(folder / RUNS, metric)
    reference = about.get("reference", str(frame["variant"].iloc[-1]))
    done = jobs(frame)
    parts = [_head(frame, about, reference, metric), sections.scores(frame, reference, metric),
             sections.further(folder) if about.get("further") else "",
             sections.searches(frame), sections.genotypes(frame), sections.costs(frame, metric),
             extremes(frame, about), _practices(frame, done, about), _repeat(done, about)]
    write_text(folder / REPORT, document(_title(frame), parts))
    return folder / REPORT


def _title(frame: pd.DataFrame) -> str:
    names = list(dict.fromkeys(frame["variant"].astype(str)))
    return " vs ".join(names) if len(names) <= MANY else f"{len(names)} variants"


def _head(frame: pd.DataFrame, about: Document, reference: str, metric: str) -> str:
    seeds = frame.groupby("variant")["seed"].nunique()
    count = f"{seeds.min()}" if seeds.nunique() == 1 else f"{seeds.min()} to {seeds.max()}"
    data = Path(str(about.get("data", "the data"))).name
    lines = verdict(statistics.paired(frame, reference, metric), reference, metric)
    failed = "".join(f"<p class='alarm'>{escape(line)}</p>" for line in lost(about.get("failed", {})))
    said = "".join(f"<li>{escape(line)}</li>" for line in lines[:MANY])
    return (f"<h1>{escape(_title(frame))}</h1><p class='small'>{count} seeds for each, on {escape(data)}; scored by "
            f"{escape(metric)}</p>{failed}<ul class='lead'>{said}</ul>")


def _practices(frame: pd.DataFrame, done: Sequence[Job], about: Document) -> str:
    rows = "".join(f"<tr><td>{escape(a.practice)}</td><td class='{CLASSES[a.kept]}'>{a.kept}</td>"
                   f"<td>{escape(a.why)}</td></tr>" for a in checklist(frame, done, about))
    return ("<h2>Good practice</h2><p class='small'>After the checklist of Lindauer and Hutter, “Best Practices for "
            "Scientific Research on Neural Architecture Search”, JMLR 2020; answered from what the jobs recorded.</p>"
            f"<table class='words'>{rows}</table>")


def _repeat(done: Sequence[Job], about: Document) -> str:
    failed = "".join(f"<p class='alarm'>failed: {escape(n)}: {escape(str(why))}</p>"
                     for n, why in about.get("failed", {}).items())
    command = f"<pre>{escape(about['command'])}</pre>" if about.get("command") else ""
    recipe = escape(yaml.safe_dump(done[0].spec, sort_keys=False, allow_unicode=True))
    return (f"<h2>To repeat it</h2>{failed}{command}<p class='small'>First job, its recipe:</p><pre>{recipe}</pre>"
            f"<p class='small'>Ran on {escape('; '.join(machines(done)) or 'a machine that is not recorded')}. "
            f"{escape('; '.join(_versions(done)) or 'Versions are not recorded')}.</p>")


def _versions(done: Sequence[Job]) -> list[str]:
    """Versions that the jobs ran with, each set once."""
    told = [stage.result["machine"] for job in done for stage in job.stages() if stage.result.get("machine")]
    left = ("processor", "cores", "threads", "device")
    return list(dict.fromkeys(", ".join(f"{name} {value}" for name, value in one.items() if name not in left)
                              for one in told))


def _runs(path: Path, metric: str) -> pd.DataFrame:
    frame = read_table(path, "variant", "folder", "choices", numbers=("seed", metric))
    for text in frame["choices"]:
        try:
            choices = json.loads(text)
        except (TypeError, ValueError, RecursionError):
            choices = None
        if not isinstance(choices, dict):
            raise NasreidError(f"table {str(path)!r} has the choices {str(text)[:60]!r}; expected a JSON object "
                               "{label: candidate}")
    return frame


def _about(path: Path) -> Document:
    return read_json(path, "record") if path.is_file() else {}
