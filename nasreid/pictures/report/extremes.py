"""The queries that a network answers best and worst, for a comparison's report."""

from __future__ import annotations

import tempfile
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.pictures.report.plots import file


def extremes(frame: pd.DataFrame, about: dict[str, Any], count: int = 3) -> str:
    """Ranked lists of the best and the worst queries of the first run of the best variant, as a section of HTML."""
    metric = about.get("metric", "mAP")
    means = frame.groupby("variant", sort=False)[metric].mean()
    row: Any = frame[frame["variant"] == means.idxmax()].iloc[0]
    title = f"<h2>Best and worst queries</h2><p class='small'>{escape(str(row['variant']))}, seed {row['seed']}"
    try:
        table, values = _lists(Path(str(row["folder"])) / "retrain", about, count)
    except (NasreidError, OSError) as error:
        return f"{title}: not drawn, {escape(' '.join(str(error).split()))}</p>"
    with tempfile.TemporaryDirectory() as folder:
        from nasreid.pictures.ranked_lists import draw_lists

        draw_lists(table, Path(folder) / "lists.png")
        words = ", ".join(f"{value:.2f}" for value in values)
        return (f"{title}. Average precision of the rows: {words}.</p>"
                f'<figure><img src="{file(Path(folder) / "lists.png")}" alt="ranked lists"></figure>')


def _lists(run: Path, about: dict[str, Any], count: int) -> tuple[pd.DataFrame, list[float]]:
    from nasreid.data.datasets import read
    from nasreid.evaluation.extractor import Extractor
    from nasreid.evaluation.ranked import ranked

    side = "target" if about.get("target") else "data"
    layout = about.get("target_layout" if side == "target" else "layout") or "market1501"
    images = read(layout, about.get(side, ""), **about.get(f"{side}_args", {}))
    images = images[images["split"].isin(["query", "gallery"])].reset_index(drop=True)
    if not len(images):
        raise NasreidError("the data set draws its queries anew in every trial")
    found = Extractor(str(run))(list(images["path"]))
    query = (images["split"] == "query").to_numpy()
    precision = average_precision(images, found[query], found[~query])
    order = np.argsort(-precision, kind="stable")
    order = order[~np.isnan(precision[order])]
    chosen = [*order[:count], *order[-count:]]
    return ranked(images, found[query], found[~query], chosen), [float(precision[i]) for i in chosen]


def average_precision(images: pd.DataFrame, query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Average precision (Q,) of queries (Q, D) in the gallery (G, D) under the market rule; NaN without a match."""
    from nasreid.evaluation.distances import distances
    from nasreid.evaluation.ranking import hits
    from nasreid.evaluation.scores import summarise

    asked, shown = images[images["split"] == "query"], images[images["split"] == "gallery"]
    places = hits(distances(query, gallery), asked["identity"].to_numpy(), shown["identity"].to_numpy(),
                  asked["camera"].to_numpy(), shown["camera"].to_numpy())
    return np.array([summarise([p], 1).map if len(p) else np.nan for p in places])
