"""One trial: a genotype trained at a low budget and scored, as a job with a JSON document and a row of results.

The multi-trial strategies score on identities held out of the training ones, never on the test set; `nasreid exhaust`,
which measures the truth that a search is judged by, trains on all of them and scores on the test set.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import build, values
from nasreid.evaluation import held_out
from nasreid.evaluation.evaluate import evaluate
from nasreid.evaluation.protocol import Protocol
from nasreid.evaluation.protocols import of_layout
from nasreid.evaluation.scores import Scores
from nasreid.evaluation.unmatched import check_queries
from nasreid.files import Document, read_json
from nasreid.network.trained import load_network
from nasreid.run import RESULT
from nasreid.training.retrain import Retrain


def document(run: Retrain, data: Options, share: float = 0.0) -> Options:
    """The trial of `run` on a data set {data, layout, data_args, skip_broken}, as JSON can hold it.

    share: of the training identities, held out for the score; 0: all are trained on, and the test set scores.
    """
    return {"data": data, "share": share, "train": values(run, how=False)}


def measure(spec: Document, folder: str, threads: int = 1,
            children: set[subprocess.Popen[bytes]] | None = None) -> Document:
    """Train and score a document in `folder`, which is gone when all went well; returns scores, steps, costs.

    Goes on where an earlier call in the same folder was cut off. threads, children: what else `fleet` hands over.
    """
    place = Path(folder)
    run = _run(spec)
    images = parts(json.dumps(spec["data"], sort_keys=True), spec["share"], run.seed)
    done = (place / RESULT).is_file()
    network = run.engine.place(load_network(place, run.space)) if done else run.run(images.train, place)
    scores = evaluate(network, images.held, run.budget.height, run.budget.width,
                      device=run.engine.torch_device().type, progress=False, protocol=images.protocol)
    result = read_json(place / RESULT, "result")
    shutil.rmtree(place)
    kept = ("steps", "images", "seconds", "parameters", "multiply_adds")
    return {**row(scores), **{name: result[name] for name in kept}}


def row(scores: Scores) -> Document:
    """What a table of trials says of Scores: mAP and rank-1 in per cent."""
    return {"mAP": round(100 * scores.map, 4), "rank-1": round(100 * scores.rank1, 4)}


@dataclass(frozen=True)
class Parts:
    """Images to train on, images to score, and the protocol of the score."""

    train: pd.DataFrame
    held: pd.DataFrame
    protocol: Protocol


@lru_cache(maxsize=2)
def parts(data: str, share: float, seed: int) -> Parts:
    """The parts of the data set in a JSON document, see `document`.

    Identities held out are scored as `nasreid.evaluation.held_out` says, the test set under its own protocol (the first
    of them, where it has several).
    """
    from nasreid.data.checked import checked_frame

    given = json.loads(data)
    splits = ("train",) if share else ("train", "query", "gallery", "test")
    frame, _ = checked_frame(given["data"], given["layout"], given["data_args"], splits, given["skip_broken"])
    train, own = frame[frame["split"] == "train"].reset_index(drop=True), of_layout(given["layout"])[0]
    if share:
        rule = held_out.protocol(own)
        return Parts(*held_out.hold_out(train, share, seed, rule), rule)
    held = frame[frame["split"] != "train"].reset_index(drop=True)
    if own.removal.same_camera:
        check_queries(held, own.removal)
    return Parts(train, held, own)


def _run(spec: Document) -> Retrain:
    """The Retrain that `document` was made from."""
    return build(Retrain, {**spec["train"], "quiet": True, "draw": False}, "trial")
