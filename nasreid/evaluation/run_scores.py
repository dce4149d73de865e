"""Scores of a finished retraining, on the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from nasreid.evaluation.evaluate import Scores, vectors
from nasreid.evaluation.protocol import Protocol
from nasreid.evaluation.reranking import Rerank
from nasreid.evaluation.scores import average
from nasreid.evaluation.unmatched import check_queries
from nasreid.files import Document, write_text
from nasreid.network.trained import retrained


def score_run(frames: Sequence[pd.DataFrame], protocols: Sequence[Protocol], run: str, layout: str,
              space: str | None = None, height: int | None = None, width: int | None = None, normalise: bool = True,
              batch_size: int = 64, workers: int = 0, device: str = "cpu", skip_unmatched: bool = False,
              quiet: bool = False, decoder: str | None = None,
              rerank: Rerank | None = None) -> tuple[list[Scores], list[np.ndarray]]:
    """Scores of a run folder's network, one for each protocol; means, where there are `frames` of several trials.

    `layout` is that of the frames; another one than the network was trained on is named in the scores as cross-domain.
    Returns the features (N, D) of each frame, too.
    """
    made = retrained(run)
    if protocols[0].removal.same_camera and not skip_unmatched:
        check_queries(frames[0], protocols[0].removal)
    network = made.network(space)
    images = pd.concat(frames).drop_duplicates("path").reset_index(drop=True)
    found = vectors(network, images, height or made.height, width or made.width, batch_size, workers, device,
                    not quiet, decoder or made.decoder, made.channels_last)
    at = pd.Index(images["path"])
    features = [found[at.get_indexer(pd.Index(frame["path"]))] for frame in frames]
    scores = [average([protocol.score(frame, some, normalise=normalise, rerank=rerank)
                       for frame, some in zip(frames, features, strict=True)]) for protocol in protocols]
    return [_across(one, made.layout or layout, layout, len(frames)) for one in scores], features


def save_scores(scores: Sequence[Scores], path: str) -> None:
    """The first row of the table with its whole CMC curve, and of several rows all of them, as JSON."""
    records = [{**_record(one), **({"trial scores": [_record(trial) for trial in one.trials]} if one.trials else {})}
               for one in scores]
    write_text(path, json.dumps({**records[0], **({"rows": records} if len(records) > 1 else {})}, indent=2) + "\n")


def _record(scores: Scores) -> Document:
    return {**scores.table(), "cmc": [round(float(value), 6) for value in scores.cmc]}


def _across(scores: Scores, trained: str, layout: str, frames: int) -> Scores:
    """Say what is not usual: a network of another data set, or one network for all trials."""
    words = [f"cross-domain: trained on {trained}, evaluated on {layout}"] if trained != layout else []
    words += [f"mean of {frames} trials of the data set"] if frames > 1 else []
    return replace(scores, protocol="; ".join([*words, scores.protocol]))
