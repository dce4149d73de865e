"""The scoring of a trained network as one value, as `nasreid.experiments.runs` has searches and trainings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from nasreid.arguments import Options, checked
from nasreid.configuration import How, Spelled
from nasreid.data.datasets import protocol_of
from nasreid.errors import NasreidError
from nasreid.evaluation.protocol import Protocol
from nasreid.evaluation.protocols import rows_of
from nasreid.evaluation.ranked import ranked, spread
from nasreid.evaluation.reranking import Rerank
from nasreid.evaluation.run_scores import save_scores, score_run
from nasreid.evaluation.scores import Scores
from nasreid.experiments.runs import DataSet
from nasreid.network.trained import check_retrained
from nasreid.pictures.ranked_lists import check_output, draw_lists
from nasreid.ranges import PIXELS, PROCESSES, whole
from nasreid.training.engine import Engine


@dataclass(frozen=True)
class Reading:
    """How a trained network is run over images."""

    height: Annotated[int | None, "pixels; default: as it was trained"] = None
    width: Annotated[int | None, "pixels; default: as it was trained"] = None
    normalise: Annotated[bool, "L2-normalise the vectors: yes or no"] = True
    decoder: Annotated[str | None, "fast or pillow; default: as it was trained"] = None
    batch_size: Annotated[int, "images at a time"] = 64
    workers: Annotated[int, "processes that prepare images; the result does not depend on it", How] = 0
    device: Annotated[str, "auto, cpu or gpu"] = "auto"
    quiet: Annotated[bool, "no progress", How] = False

    def __post_init__(self) -> None:
        whole(self, *PIXELS, "height", "width")
        whole(self, 1, 100_000, "batch_size")
        whole(self, *PROCESSES, "workers")

    def where(self) -> str:
        """The torch device that auto, cpu or gpu means here."""
        return Engine(device=self.device).torch_device().type


@dataclass(frozen=True)
class EvaluateRun:
    """The scores of a run folder's network."""

    run_folder: Annotated[str, "run folder of a retraining", Spelled("run")]
    data: DataSet
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None
    protocol: Annotated[str | None, "how to score; default: the layout's (nasreid list)"] = None
    protocol_args: Annotated[Options, "its options"] = field(default_factory=dict)
    all_trials: Annotated[bool, "trials 1 to 10 of the data set with this one network, for cross-domain scores"] = False
    rerank: Annotated[bool, "k-reciprocal re-ranking"] = False
    rerank_args: Annotated[Options, "its options: k1, k2, weight, power"] = field(default_factory=dict)
    skip_unmatched: Annotated[bool, "skip queries without a valid match, instead of refusing them"] = False
    pictures: Annotated[str | None, "draw ranked lists to this .png file"] = None
    reading: Reading = Reading()

    def run(self, output: str | Path | None = None,
            say: Callable[[Sequence[Scores]], None] = lambda scores: None) -> list[Scores]:
        """A row of scores for each protocol of the data set; written to `output` (.json), where it is given.

        say: told the scores before anything is drawn: a picture that fails costs no score.
        """
        how = self.reading
        if self.rerank_args and not self.rerank:
            raise NasreidError(f"rerank_args {self.rerank_args} without rerank; expected both, or neither")
        check_retrained(self.run_folder)
        if self.pictures is not None:
            check_output(self.pictures)
        options = {"normalise": how.normalise, **self.rerank_args}
        again = Rerank(**checked(Rerank, options, "re-ranking")) if self.rerank else None
        rows = rows_of(self.protocol or protocol_of(self.data.layout), **self.protocol_args)
        own = self.data.data_args
        trials = [{**own, "trial": trial} for trial in range(1, 11)] if self.all_trials else [own]
        frames = [replace(self.data, data_args=trial).frame("query", "gallery", "test", quiet=how.quiet)
                  for trial in trials]
        scores, features = score_run(frames, rows, self.run_folder, self.data.layout, self.space, how.height, how.width,
                                     how.normalise, how.batch_size, how.workers, how.where(), self.skip_unmatched,
                                     how.quiet, how.decoder, again)
        if output is not None:
            save_scores(scores, str(output))
        say(scores)
        if self.pictures is not None:
            drawn, every = _draw(frames[0], features[0], rows[0], how.normalise, self.pictures)
            if not how.quiet:
                print(f"ranked lists of {drawn} of {every} queries, evenly spread: {self.pictures} (nasreid gallery "
                      "shows more)", file=sys.stderr)
        return scores


def said(scores: Sequence[Scores]) -> str:
    """All rows, as the command line prints them."""
    return "\n\n".join(map(str, scores))


def _draw(frame: pd.DataFrame, features: np.ndarray, protocol: Protocol, normalise: bool,
          path: str) -> tuple[int, int]:
    """Ranked lists of six queries of the first trial; (their number, that of all)."""
    trial = next(iter(protocol.trials(frame)))
    chosen = spread(len(trial.query), 6)
    draw_lists(ranked(frame, trial, features, chosen, protocol.removal, normalise=normalise), path)
    return len(chosen), len(trial.query)
