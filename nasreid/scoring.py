"""Scores of a finished retraining, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from nasreid.data.frame import check_queries
from nasreid.errors import NasreidError
from nasreid.evaluate import Scores, distances, score, vectors
from nasreid.files import write_text
from nasreid.gallery import ranked_list
from nasreid.retrain import load_network
from nasreid.run import CONFIG, RESULT


def score_run(frame: pd.DataFrame, run: str, space: str | None = None, height: int | None = None,
              width: int | None = None, normalise: bool = True, batch_size: int = 64, workers: int = 0,
              device: str = "cpu", skip_unmatched: bool = False, pictures: str | None = None,
              quiet: bool = False, decoder: str | None = None) -> Scores:
    """Score the network of a run folder on query and gallery of `frame`; draw ranked lists to `pictures` (.png)."""
    folder = Path(run)
    if not (folder / RESULT).is_file():
        raise NasreidError(f"run {run!r} holds no finished retraining; expected a folder that nasreid retrain filled")
    if not skip_unmatched:
        check_queries(frame)
    trained = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    network = load_network(folder, space)
    images = frame[frame["split"].isin(["query", "gallery"])].reset_index(drop=True)
    found = vectors(network, images, height or trained["height"], width or trained["width"], batch_size, workers,
                    device, not quiet, decoder or trained.get("decoder", "fast"))
    query = (images["split"] == "query").to_numpy()
    if pictures is not None:
        _draw(images, found[query], found[~query], normalise, pictures)
    ids, cameras = images["identity"].to_numpy(), images["camera"].to_numpy()
    return score(found[query], found[~query], ids[query], ids[~query], cameras[query], cameras[~query],
                 normalise=normalise)


def save_scores(scores: Scores, path: str) -> None:
    """The row of the table, and the whole CMC curve, as JSON."""
    record: dict[str, Any] = {**scores.table(), "cmc": [round(float(v), 6) for v in scores.cmc]}
    write_text(path, json.dumps(record, indent=2) + "\n")


def _draw(images: pd.DataFrame, query: np.ndarray, gallery: np.ndarray, normalise: bool, path: str) -> None:
    chosen = np.linspace(0, len(query) - 1, min(6, len(query))).round().astype(int).tolist()
    ranked_list(images, distances(query[chosen], gallery, normalise=normalise), chosen, path)
