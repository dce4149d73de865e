"""One trial: a genotype trained at a low budget and scored, as a job with a JSON document and a row of results.

The multi-trial strategies score on identities held out of the training ones, never on the test set; `nasreid exhaust`,
which measures the truth that a search is judged by, trains on all of them and scores on the test set.
"""

from __future__ import annotations

import json
import shutil
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nasreid.data.batches.transforms import Augment
from nasreid.errors import NasreidError
from nasreid.evaluation.evaluate import evaluate
from nasreid.evaluation.unmatched import check_queries
from nasreid.genotype import Genotype
from nasreid.network.trained import load_network
from nasreid.optimisers import WeightOptimiser
from nasreid.run import RESULT, configuration
from nasreid.training.engine import Budget, Engine
from nasreid.training.retrain import Retrain


def document(run: Retrain, data: dict[str, Any], share: float = 0.0) -> dict[str, Any]:
    """The trial of `run` on a data set {data, layout, data_args, skip_broken}, as JSON can hold it.

    share: of the training identities, held out for the score; 0: all are trained on, and the test set scores.
    """
    engine = {name: getattr(run.engine, name) for name in ("device", "precision", "channels_last")}
    return {"data": data, "share": share, "train": configuration("retrain", run), "engine": engine}


def measure(spec: dict[str, Any], folder: str, threads: int = 1, children: Any = None) -> dict[str, Any]:
    """Train and score a document in `folder`, which is gone when all went well; returns scores, steps, costs.

    Goes on where an earlier call in the same folder was cut off. threads, children: what else `fleet` hands over.
    """
    place = Path(folder)
    run = _run(spec)
    train, held = parts(json.dumps(spec["data"], sort_keys=True), spec["share"], run.seed)
    done = (place / RESULT).is_file()
    network = run.engine.place(load_network(place, run.space)) if done else run.run(train, place)
    scores = evaluate(network, held, run.budget.height, run.budget.width, device=run.engine.torch_device().type,
                      progress=False)
    result = json.loads((place / RESULT).read_text(encoding="utf-8"))
    shutil.rmtree(place)
    kept = ("steps", "images", "seconds", "parameters", "multiply_adds")
    return {**row(scores), **{name: result[name] for name in kept}}


def row(scores: Any) -> dict[str, Any]:
    """What a table of trials says of Scores: mAP and rank-1 in per cent."""
    return {"mAP": round(100 * scores.map, 4), "rank-1": round(100 * scores.rank1, 4)}


@lru_cache(maxsize=2)
def parts(data: str, share: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(images to train on, images with split query or gallery to score) of the data set in a JSON document."""
    from nasreid.data.checked import checked_frame

    given = json.loads(data)
    splits = ("train",) if share else ("train", "query", "gallery")
    frame, _ = checked_frame(given["data"], given["layout"], given["data_args"], splits, given["skip_broken"])
    train = frame[frame["split"] == "train"].reset_index(drop=True)
    if share:
        return hold_out(train, share, seed)
    held = frame[frame["split"] != "train"].reset_index(drop=True)
    check_queries(held)
    return train, held


def hold_out(train: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows of the identities to train on, query and gallery rows of a `share` of the identities).

    Every image held out is in the gallery; queries are one image of each held-out identity and camera, drawn from
    `seed`, the infrared ones where there are both modalities. Which match is then the rule of Market-1501: another
    camera. Raises NasreidError when nobody held out has been seen by two cameras.
    """
    known = np.unique(train["identity"])
    count = round(share * len(known))
    if not 0 < share < 1 or count < 2 or len(known) - count < 2:
        raise NasreidError(f"validation share {share} of {len(known)} identities holds {count} out; expected a share "
                           "between 0 and 1 that leaves at least 2 on both sides")
    rng = np.random.default_rng([seed, len(known)])
    chosen = train["identity"].isin(rng.permutation(known)[:count])
    held = train[chosen].reset_index(drop=True)
    if (held.groupby("identity")["camera"].nunique() < 2).all():
        raise NasreidError(f"none of {count} identities held out was seen by two cameras; expected some that were, so "
                           "that a query has a match")
    mixed = held["modality"].nunique() > 1
    asked = held[held["modality"] == "infrared"] if mixed else held
    query = asked.iloc[rng.permutation(len(asked))].groupby(["identity", "camera"], sort=True).head(1)
    gallery = held[held["modality"] != "infrared"] if mixed else held
    rows = [query.sort_index().assign(split="query"), gallery.assign(split="gallery")]
    return train[~chosen].reset_index(drop=True), pd.concat(rows, ignore_index=True)


def _run(spec: dict[str, Any]) -> Retrain:
    """The Retrain that `document` was made from."""
    fields = {name: value for name, value in spec["train"].items() if name != "command"}
    optimiser = dict(fields["optimiser"])
    if optimiser["milestones"] is not None:
        optimiser["milestones"] = tuple(optimiser["milestones"])
    augment = None if fields["augment"] is None else Augment(**fields["augment"])
    return Retrain(**{**fields, "genotype": Genotype(**fields["genotype"]), "budget": Budget(**fields["budget"]),
                      "optimiser": WeightOptimiser(**optimiser), "augment": augment,
                      "engine": Engine(**spec["engine"], quiet=True)})
