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

    rows: of trials; folder: of the run. The hypervolume has mAP 0 and the dearest trial as its corner and is
    divided by the cost of that trial: the mean over all costs up to it of the best mAP that one can have for them.
    """
    done = pd.DataFrame([row for row in rows if METRIC in row and cost in row])
    if done.empty:
        return {}
    scores, costs = done[METRIC].to_numpy(float), done[cost].to_numpy(float)
    done["front"] = front(scores, costs)
    dearest = float(costs.max())
    best = done[done["front"]].drop(columns="front").sort_values(cost)
    write_text(folder / TABLE, best.to_csv(index=False))
    for suffix in ("svg", "png") if draw else ():
        pareto(done, folder / f"pareto.{suffix}", cost)
    return {"front": len(best), "hypervolume": round(hypervolume(scores, costs, dearest) / dearest, 4)}
