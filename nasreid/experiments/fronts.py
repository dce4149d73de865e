"""What a search by trials leaves of two aims, the score and the cost: its front as a table, a picture and a number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from nasreid.evaluation.pareto import front, hypervolume
from nasreid.experiments.trials import METRIC
from nasreid.files import Document, write_text
from nasreid.pictures.pareto import pareto

TABLE = "pareto.csv"


def write_front(folder: Path, rows: Sequence[Document], cost: str, draw: bool) -> Document:
    """pareto.csv and the picture of trials; what the result says of them, nothing where no trial counted its cost.

    rows: of trials; folder: of the run. The hypervolume is that under the dearest trial, with mAP 0 as the other end.
    """
    done = pd.DataFrame([row for row in rows if METRIC in row and cost in row])
    if done.empty:
        return {}
    scores, costs = done[METRIC].to_numpy(float), done[cost].to_numpy(float)
    done["front"] = front(scores, costs)
    best = done[done["front"]].drop(columns="front").sort_values(cost)
    write_text(folder / TABLE, best.to_csv(index=False))
    for suffix in ("svg", "png") if draw else ():
        pareto(done, folder / f"pareto.{suffix}", cost)
    return {"front": len(best), "hypervolume": round(hypervolume(scores, costs, float(costs.max())), 4)}
