"""Retrieval quality during a search, on training identities only: the test images stay unseen."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from nasreid.errors import NasreidError


def protocol(frame: pd.DataFrame) -> pd.DataFrame:
    """Training rows -> the rows of identities that were seen by two cameras, as query and gallery.

    The first image of an identity in each camera is its query there, all others are the gallery; the market rule holds
    (a match from the query's own camera does not count), so a query whose matches are all queries is dropped. With
    both modalities infrared rows are the queries and visible rows the gallery.
    """
    if frame["modality"].nunique() == 2:
        query = frame["modality"] == "infrared"
    else:
        query = ~frame.duplicated(["identity", "camera"])
    found = frame.assign(split=query.map({True: "query", False: "gallery"}))
    cameras = found[~query].groupby("identity")["camera"].agg(set)
    served = [bool(cameras.get(i, set()) - {c}) for i, c in zip(found["identity"], found["camera"], strict=True)]
    kept = found[~query | pd.Series(served, index=found.index)].reset_index(drop=True)
    if not (kept["split"] == "query").any():
        raise NasreidError(f"none of the {frame['identity'].nunique()} identities that validate the search is seen "
                           "twice by two cameras: expected at least one, or no validation")
    return kept


def scorer(network: object, frame: pd.DataFrame, height: int, width: int, every: int, epochs: int, workers: int,
           device: str) -> Callable[[int], dict[str, float]]:
    """A function of the epoch -> {"validation_mAP": per cent} in every `every`-th epoch and the last, {} in others."""
    from nasreid.evaluation.evaluate import evaluate

    rows = protocol(frame)

    def score(epoch: int) -> dict[str, float]:
        if (epoch + 1) % every and epoch + 1 != epochs:
            return {}
        scores = evaluate(network, rows, height, width, workers=workers, device=device, progress=False)
        return {"validation_mAP": 100 * scores.map}

    return score
