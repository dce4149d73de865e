"""Queries that no gallery image can answer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nasreid.data.check import some
from nasreid.data.frame import checked_columns
from nasreid.errors import NasreidError
from nasreid.evaluation.removal import OWN_CAMERA, Removal


def check_queries(frame: pd.DataFrame, removal: Removal = OWN_CAMERA) -> None:
    """Has every query of the frame a gallery picture of its identity that it may meet?

    Raises NasreidError naming the first query without one, or when a split is empty.
    """
    query, gallery, answers = _answers(frame, removal)
    if not len(query) or not len(gallery):
        raise NasreidError(f"{len(query)} query and {len(gallery)} gallery pictures: expected at least one of each "
                           "(folders and lists of your own: --data-args.train_share 0.7 leaves people to test)")
    if not answers.all():
        row = query.iloc[int(np.argmin(answers > 0))]
        raise NasreidError(f"query {row['path']}: identity {row['identity']} is in the gallery from no camera but "
                           f"{row['camera']}; expected a match from another camera")


def unmatched(frame: pd.DataFrame, removal: Removal) -> list[str]:
    """Queries that no gallery image can answer under a protocol's rule, with what leaves none."""
    if (frame["split"] == "test").any():  # the protocol draws a gallery image of each, and the others ask
        sizes = frame.loc[frame["split"] == "test", "identity"].value_counts()
        return some("test identities with one image, so that nobody asks for them", list(sizes.index[sizes == 1]))
    found = []
    query, gallery, answers = _answers(frame, removal)
    absent = ~query["identity"].isin(gallery["identity"]).to_numpy()
    found += some("queries whose identity is not in the gallery", list(query["path"][absent]))
    own = _answers(frame, Removal(removal.same_camera))[2] == 0
    found += some("queries whose matches are all from their own camera, which the same-camera rule removes",
                  list(query["path"][own & ~absent]))
    for asking in sorted({camera for camera, _ in removal.blind}):
        unseen = " and ".join(str(seen) for camera, seen in removal.blind if camera == asking)
        lost = (query["camera"] == asking) & (answers == 0) & ~own
        found += some(f"queries of camera {asking} whose matches are all from camera {unseen}, which it may not ask",
                      list(query["path"][lost]))
    return found


def _answers(frame: pd.DataFrame, removal: Removal) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Query and gallery rows, and how many answers each query has."""
    checked_columns(frame, needed=("path", "identity", "camera", "split"))
    query, gallery = frame[frame["split"] == "query"], frame[frame["split"] == "gallery"]
    columns = [part[column].to_numpy() for column in ("identity", "camera") for part in (query, gallery)]
    return query, gallery, removal.answers(*columns)
