"""The frame of a data set: a row for each of its N images. Checks before anything runs, labels, the user's names.

    path      text   the file
    identity  int    who or what is seen, from 0
    camera    int    -1 = not known
    modality  text   visible or infrared
    split     text   train, query, gallery; or test, where the protocol itself draws query and gallery
    role      text   nothing, or distractor: a gallery image of nobody who is asked for

and, where the data set has names of its own, identity_name and camera_name (text), which lists, pictures and messages
show in place of the numbers. The index is 0 to N - 1.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasreid.data.layouts.source import COLUMNS
from nasreid.errors import NasreidError, nearest
from nasreid.files import readable

NEEDED = [column for column in COLUMNS if column != "role"]  # of a frame that somebody makes for training or scoring
NUMBERS = ("identity", "camera")
LABELS = ("identity", "camera", "modality")


def checked_columns(frame: pd.DataFrame, what: str = "frame", needed: Sequence[str] = NEEDED) -> pd.DataFrame:
    """The frame itself; raises NasreidError, naming `what`, for a column that is missing.

    Identities and cameras have to be whole numbers.
    """
    if not isinstance(frame, pd.DataFrame):
        raise NasreidError(f"{what} is {frame!r}; expected a table of images, as nasreid.read(layout, folder) gives")
    for column in needed:
        if column not in frame:
            found = list(map(str, frame.columns))
            raise NasreidError(f"{what} without column {column!r}{nearest(column, found)}, only "
                               f"{', '.join(found) or 'none'}; expected {', '.join(needed)}"
                               f"{' (camera -1 = not known)' if column == 'camera' else ''}")
        if column in NUMBERS and frame[column].dtype.kind not in "iu":
            wrong = next((value for value in frame[column] if not isinstance(value, int)), frame[column].dtype)
            raise NasreidError(f"{what}: {column} {wrong!r}; expected whole numbers")
    return frame


@dataclass(frozen=True)
class Contents:
    """What a frame holds, to tell it from another: how many images and identities, and a digest of paths, bytes in each
    file (-1 where there is no file), identities, cameras and modalities.
    """

    images: int
    identities: int
    digest: str

    @staticmethod
    def of(frame: pd.DataFrame) -> Contents:
        """Those of a frame (N rows)."""
        found = hashlib.sha256()
        for row in zip(frame["path"].map(str), frame["path"].map(_size), *(frame[name] for name in LABELS),
                       strict=True):
            found.update("\0".join(map(str, row)).encode("utf-8", "surrogateescape"))
        return Contents(len(frame), int(frame["identity"].nunique()), found.hexdigest())

    def differ(self, before: Contents) -> str:
        """In words, how these differ from those before; nothing where they do not."""
        if self.digest == before.digest:
            return ""
        if (self.images, self.identities) == (before.images, before.identities):
            return f"{self.images} images as before, but other files or labels"
        return (f"{before.images} images of {before.identities} identities then, {self.images} of {self.identities} "
                "now")


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def training_rows(frame: pd.DataFrame, p: int, k: int) -> pd.DataFrame:
    """The rows of split train, index 0 to N - 1, of which batches of P x K images can be drawn (`check_batches`).

    Raises NasreidError, too, for a column that is missing.
    """
    rows = checked_columns(frame)
    train = rows[rows["split"] == "train"].reset_index(drop=True)
    check_batches(train, p, k)
    return train


def unlabelled_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of split train, index 0 to N - 1, whatever their identities."""
    rows = checked_columns(frame)
    return rows[rows["split"] == "train"].reset_index(drop=True)


def names(frame: pd.DataFrame, column: str) -> np.ndarray:
    """(N,) text: what people call the identities or cameras of a frame: the data set's own names, or the numbers.

    column: identity or camera.
    """
    numbers = frame[column].astype(str)
    if f"{column}_name" not in frame:
        return numbers.to_numpy(object)
    own = frame[f"{column}_name"]
    return own.where(own.ne(""), numbers).map(readable).to_numpy(object)


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
        raise NasreidError(f"{len(counts)} identities in {len(frame)} pictures: expected at least P={p} (a smaller p "
                           "takes fewer at a time)")
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
