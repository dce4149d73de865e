"""The queries that a network answers best and worst, for a comparison's report."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nasreid.data.datasets import protocol_of, read
from nasreid.errors import NasreidError
from nasreid.evaluation.extractor import Extractor
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.ranked import first_trial, ranked
from nasreid.files import Document
from nasreid.network.trained import trained
from nasreid.pictures.ranked_lists import draw_lists
from nasreid.pictures.report.html import Picture, reason
from nasreid.pictures.report.plots import file
from nasreid.pictures.report.records import Job, jobs

LISTS = "A row a query, its nearest pictures from left to right; green: its identity, red: another."


@dataclass(frozen=True)
class Queries:
    """What is said of the best and the worst queries, and their lists where they could be drawn."""

    words: str
    lists: Picture | None = None


def extremes(frame: pd.DataFrame, about: Document, count: int = 3) -> Queries:
    """Ranked lists of the best and the worst queries of the first run of the best variant.

    They follow the protocol that scored the run. Where they cannot be drawn it says why.
    """
    metric = about.get("metric", "mAP")
    try:
        means = frame.groupby("variant", sort=False)[metric].mean()
        row = frame[frame["variant"] == means.idxmax()]
        words = f"{row['variant'].iloc[0]}, seed {row['seed'].iloc[0]}"
    except (KeyError, ValueError) as error:
        return Queries(f"not drawn, {reason(error)}")
    try:
        table, values = _lists(jobs(row.iloc[:1])[0], Path(str(row["folder"].iloc[0])) / "retrain", about, count)
        uri = _drawn(table)
    except Exception as error:  # whatever a library raises: a picture costs no report
        return Queries(f"{words}: not drawn, {reason(error)}")
    said = ", ".join(f"{value:.2f}" for value in values)
    return Queries(f"{words}. Average precision of the rows: {said}.",
                   Picture(LISTS, _told(table, values), uri, kind="photo"))


def _told(table: pd.DataFrame, values: list[float]) -> str:
    """Which places of each list are right."""
    lists = [part["match"].tolist() for _, part in table.groupby("query", sort=False)]
    rows = [f"row {at}, average precision {value:.2f}: " + "".join("✓" if hit else "✗" for hit in hits)
            for at, (hits, value) in enumerate(zip(lists, values, strict=False), 1)]
    return f"Ranked lists, right and wrong pictures in order. {'; '.join(rows)}."


def _drawn(table: pd.DataFrame) -> str:
    with tempfile.TemporaryDirectory() as folder:
        draw_lists(table, Path(folder) / "lists.png")
        return file(Path(folder) / "lists.png")


def _lists(job: Job, run: Path, about: Document, count: int) -> tuple[pd.DataFrame, list[float]]:
    side = "target" if about.get("target") else "data"
    scored = job.spec.get("evaluate") or {}
    layout = about.get("target_layout" if side == "target" else "layout") or scored.get("layout")
    layout = str(layout or trained(run).layout)  # what it was trained on
    images = read(layout, about.get(side, ""), **about.get(f"{side}_args", {}))
    protocol = rows_of(scored.get("protocol") or protocol_of(layout), **(scored.get("protocol_args") or {}))[0]
    images, trial = first_trial(protocol, images[images["split"] != "train"])
    found = Extractor(str(run), normalise=scored.get("normalise", "yes") not in ("no", False))
    features = found.frame(images)
    precision = protocol.asked(images, trial, features, normalise=found.normalise).precision()
    order = np.argsort(-precision, kind="stable")
    order = order[~np.isnan(precision[order])]
    if not len(order):
        raise NasreidError("no query of the first trial has a match that it may meet")
    chosen = list(dict.fromkeys(int(place) for place in [*order[:count], *order[-count:]]))
    table = ranked(images, trial, features, chosen, protocol.removal, normalise=found.normalise)
    return table, [float(precision[place]) for place in chosen]
