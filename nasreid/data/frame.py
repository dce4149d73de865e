"""Checks on a data frame before anything runs, and labels for classifiers and memories."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError

NEEDED = ("path", "identity", "camera", "modality", "split")


def checked_columns(frame: pd.DataFrame, what: str = "frame", needed: Sequence[str] = NEEDED) -> pd.DataFrame:
    """The frame itself; raises NasreidError, naming `what`, for a column that is missing."""
    for column in needed:
        if column not in frame:
            found = ", ".join(map(str, frame.columns)) or "none"
            raise NasreidError(f"{what} without column {column!r}, only {found}; expected {', '.join(needed)}")
    return frame


def names(frame: pd.DataFrame, column: str) -> np.ndarray:
    """(N,) text: what people call the identities or cameras of a frame: the data set's own names, or the numbers.

    column: identity or camera.
    """
    numbers = frame[column].astype(str)
    if f"{column}_name" not in frame:
        return numbers.to_numpy(object)
    own = frame[f"{column}_name"]
    return own.where(own.ne(""), numbers).to_numpy(object)


def relabel(identities: Iterable[int]) -> np.ndarray:
    """Labels (N,) int64 in 0..C-1 of identities (N,), numbered by sorted identity."""
    return np.unique(np.asarray(list(identities)), return_inverse=True)[1].astype(np.int64)


def infrared(frame: pd.DataFrame) -> np.ndarray | None:
    """(N,) bool, True = infrared, of a frame that holds both modalities; None of one that holds a single one."""
    found = (frame["modality"] == "infrared").to_numpy()
    return found if found.any() and not found.all() else None


def check_batches(frame: pd.DataFrame, p: int, k: int) -> None:
    """Can batches of P identities x K pictures (K visible + K infrared where both are there) be drawn from these rows?

    Raises NasreidError when there are fewer than P identities, when an identity has one picture only (it would have no
    positive), or when the frame holds both modalities and an identity lacks one.
    """
    if p < 1 or k < 1:
        raise NasreidError(f"batches of P={p} identities x K={k} pictures: expected P and K of at least 1")
    counts = frame["identity"].value_counts().sort_index()
    if len(counts) < p:
        raise NasreidError(f"{len(counts)} identities in {len(frame)} pictures: expected at least P={p}")
    if (side := infrared(frame)) is not None:
        _check_both(frame, side)
    elif k > 1 and (counts == 1).any():
        identity = counts.index[counts == 1][0]
        path = frame.loc[frame["identity"] == identity, "path"].iloc[0]
        raise NasreidError(f"identity {identity} has one picture only, {path}: expected at least 2")


def _check_both(frame: pd.DataFrame, infrared: np.ndarray) -> None:
    for lacking, others in (("visible", frame[infrared]), ("infrared", frame[~infrared])):
        has = frame.loc[frame["modality"] == lacking, "identity"]
        lonely = others[~others["identity"].isin(has)].sort_values("identity", kind="stable")
        if len(lonely):
            raise NasreidError(f"identity {lonely['identity'].iloc[0]} has no {lacking} picture, only such as "
                               f"{lonely['path'].iloc[0]}; expected both modalities of each of "
                               f"{frame['identity'].nunique()} identities ({lonely['identity'].nunique()} lack it)")
