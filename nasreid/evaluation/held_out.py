"""Identities held out of the training ones: who asks, who answers, and under which protocol they are scored.

Validation during a search and the trials of a multi-trial search both score on training images, which have no query and
no gallery of their own. Where there are both modalities, infrared images ask and visible ones answer. Else one image of
each identity and camera asks. The protocol is that of Market-1501: what counts is another camera, and where cameras are
not known (-1, all of VehicleID) another image. Of the data set's own protocol the pairs of cameras that may not meet
hold, too (SYSU-MM01); its galleries, which are drawn from the test identities, do not fit images of training.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from nasreid.data.layouts.source import NO_CAMERA
from nasreid.errors import NasreidError
from nasreid.evaluation.protocol import Protocol, given
from nasreid.evaluation.removal import Removal


def protocol(own: Protocol | None = None) -> Protocol:
    """How rows of held-out identities are scored; own: the protocol of the data set that they are of."""
    removal = Removal(same_camera=True, blind=own.removal.blind if own else ())
    return Protocol(f"held-out training identities: {removal}", given, removal)


def first_asks(frame: pd.DataFrame, rule: Protocol) -> pd.DataFrame:
    """Training rows -> the same rows as query and gallery, without the queries that nothing answers; draws nothing.

    The first image of an identity in each camera asks there, all others answer. With both modalities every infrared
    row asks. Raises NasreidError when no query is left.
    """
    asks = infrared if (infrared := _infrared(frame)) is not None else ~frame.duplicated(["identity", "camera"])
    found = frame.assign(split=np.where(asks, "query", "gallery"))
    served = np.ones(len(found), bool)
    served[asks] = answers(found[asks], found[~asks], rule) > 0
    if not served[asks].any():
        raise NasreidError(f"none of the {frame['identity'].nunique()} identities that validate the search is seen "
                           "twice by two cameras (twice, where cameras are not known): expected at least one, or no "
                           "validation")
    return found[served].reset_index(drop=True)


def hold_out(train: pd.DataFrame, share: float, seed: int, rule: Protocol) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows of the identities to train on, query and gallery rows of a `share` of the identities).

    Queries are one image of each held-out identity and camera, drawn from `seed`; every image held out is in the
    gallery, but for queries whose camera is not known: nothing would keep them from finding themselves. With both
    modalities infrared rows ask and visible rows answer. Raises NasreidError when no query has an answer.
    """
    known = np.unique(train["identity"])
    count = round(share * len(known))
    if not 0 < share < 1 or count < 2 or len(known) - count < 2:
        raise NasreidError(f"validation share {share} of {len(known)} identities holds {count} out; expected a share "
                           "between 0 and 1 that leaves at least 2 on both sides")
    rng = np.random.default_rng([seed, len(known)])
    chosen = train["identity"].isin(rng.permutation(known)[:count])
    held = train[chosen].reset_index(drop=True)
    infrared = _infrared(held)
    asked = held if infrared is None else held[infrared]
    query = asked.iloc[rng.permutation(len(asked))].groupby(["identity", "camera"], sort=True).head(1).sort_index()
    itself = held.index.isin(query.index) & (held["camera"] == NO_CAMERA)
    gallery = held[~itself] if infrared is None else held[~infrared]
    if not answers(query, gallery, rule).any():
        raise NasreidError(f"none of {count} identities held out was seen by two cameras (or twice, where cameras are "
                           "not known); expected some that were, so that a query has a match")
    rows = [query.assign(split="query"), gallery.assign(split="gallery")]
    return train[~chosen].reset_index(drop=True), pd.concat(rows, ignore_index=True)


def answers(query: pd.DataFrame, gallery: pd.DataFrame, rule: Protocol) -> np.ndarray:
    """How many gallery rows answer each query row, (Q,)."""
    columns = [part[name].to_numpy() for name in ("identity", "camera") for part in (query, gallery)]
    return rule.removal.answers(*columns)


def _infrared(frame: pd.DataFrame) -> pd.Series | None:
    """Which rows are infrared, where there are both modalities."""
    return frame["modality"] == "infrared" if frame["modality"].nunique() > 1 else None
