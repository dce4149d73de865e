"""nasreid evaluate: scores of a trained network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from nasreid.cli.options import Broken, Data, DataArgs, Device, Layout, Quiet, Workers, engine_of
from nasreid.errors import NasreidError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from nasreid.evaluation.protocol import Protocol
    from nasreid.evaluation.scores import Scores


def lines(scores: Scores) -> list[str]:
    """A line for each figure of a row, trials as mean ± standard deviation."""
    row = scores.table()
    found = [(name, f"{value} ± {row[f'{name} std']}" if f"{name} std" in row else value)
             for name, value in row.items()]
    return [f"{name:9} {value}" for name, value in found if not name.endswith(" std")]


def _draw(frame: pd.DataFrame, features: np.ndarray, protocol: Protocol, normalise: bool, path: str) -> None:
    import numpy as np

    from nasreid.evaluation.distances import distances
    from nasreid.pictures.ranked_lists import ranked_list

    trial = next(iter(protocol.draw(frame)))
    rows = np.concatenate([trial.query, trial.gallery])
    images = frame.iloc[rows].assign(split=np.repeat(["query", "gallery"], [len(trial.query), len(trial.gallery)]))
    chosen = np.linspace(0, len(trial.query) - 1, min(6, len(trial.query))).round().astype(int).tolist()
    found = distances(features[trial.query[chosen]], features[trial.gallery], normalise=normalise)
    ranked_list(images.reset_index(drop=True), found, chosen, path)


def evaluate(*, run: Annotated[str, "run folder of a retraining"], data: Data, layout: Layout = "market1501",
             data_args: DataArgs = {},  # noqa: B006
             space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None,
             height: Annotated[int | None, "pixels; default: as it was trained"] = None,
             width: Annotated[int | None, "pixels; default: as it was trained"] = None,
             normalise: Annotated[str, "L2-normalise the vectors: yes or no"] = "yes",
             protocol: Annotated[str | None, "how to score; default: the layout's (nasreid list)"] = None,
             protocol_args: Annotated[dict, "its options, as JSON or --protocol-args.NAME VALUE"] = {},  # noqa: B006
             all_trials: Annotated[bool, "trials 1 to 10 of the data set with this one network, for cross-domain "
                                         "scores"] = False,
             rerank: Annotated[bool, "k-reciprocal re-ranking"] = False,
             rerank_args: Annotated[dict, "its options: k1, k2, weight, power"] = {},  # noqa: B006
             decoder: Annotated[str | None, "fast or pillow; default: as it was trained"] = None,
             batch_size: Annotated[int, "images at a time"] = 64, workers: Workers = 0, device: Device = "auto",
             skip_unmatched: Annotated[bool, "skip queries without a valid match, instead of refusing them"] = False,
             output: Annotated[str | None, "write the scores to this .json file"] = None,
             pictures: Annotated[str | None, "draw ranked lists to this .png file"] = None,
             skip_broken: Broken = False, quiet: Quiet = False,
             config: Annotated[str | None, "recipe"] = None) -> None:
    """Score a trained network: CMC, mAP and mINP under the data set's protocol."""
    from nasreid.cli.data import frame_of
    from nasreid.data.datasets import protocol_of
    from nasreid.evaluation.protocols import made, rows_of
    from nasreid.evaluation.reranking import Rerank
    from nasreid.evaluation.run_scores import save_scores, score_run

    unit = _yes("normalise", normalise)
    again = made("re-ranking", Rerank, {"normalise": unit, **rerank_args}) if rerank else None
    rows = rows_of(protocol or protocol_of(layout), **protocol_args)
    trials = [{**data_args, "trial": trial} for trial in range(1, 11)] if all_trials else [data_args]
    frames = [frame_of(data, layout, options, ("query", "gallery", "test"), skip_broken, quiet)
              for options in trials]
    where = engine_of(workers, device, "32-true", 0, quiet).torch_device().type
    scores, features = score_run(frames, rows, run, layout, space, height, width, unit, batch_size, workers, where,
                                 skip_unmatched, quiet, decoder, again)
    if pictures is not None:
        _draw(frames[0], features[0], rows[0], unit, pictures)
    if output is not None:
        save_scores(scores, output)
    print("\n\n".join("\n".join(lines(row)) for row in scores))


def _yes(name: str, value: str) -> bool:
    if value not in ("yes", "no"):
        raise NasreidError(f"{name} {value!r}; expected yes or no")
    return value == "yes"
