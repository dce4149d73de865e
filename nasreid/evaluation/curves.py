"""CMC curves that are not over images: over identities (SYSU-MM01), or over one image per identity (CUHK03).

Both take distances (Q, G); equal ones are ordered by position in the gallery.
"""

from __future__ import annotations

import numpy as np

BLOCK = 256  # queries at a time


def identity_places(distances: np.ndarray, q_ids: np.ndarray, g_ids: np.ndarray) -> list[np.ndarray]:
    """For each query the place (1 value) of its identity among the identities of the gallery; empty if it has none.

    An identity ranks where its nearest image does: the ranked list is reduced to the first image of each identity
    (Wu et al., "RGB-infrared cross-modality person re-identification", ICCV 2017, and its evaluation code).
    Infinite distances stand for removed images.
    """
    order = np.argsort(g_ids, kind="stable")
    known, first = np.unique(g_ids[order], return_index=True)
    nearest = np.minimum.reduceat(distances[:, order], first, axis=1)
    column = np.searchsorted(known, q_ids).clip(max=len(known) - 1)
    own = nearest[np.arange(len(q_ids)), column]
    own[known[column] != q_ids] = np.inf
    closer, tied = (nearest < own[:, None]).sum(1), (nearest == own[:, None]).sum(1) > 1
    for row in np.flatnonzero(tied & np.isfinite(own)):
        closer[row] = _among_identities(distances[row], q_ids[row], g_ids)
    return [closer[row : row + 1] if np.isfinite(own[row]) else closer[:0] for row in range(len(q_ids))]


def _among_identities(distances: np.ndarray, identity: int, g_ids: np.ndarray) -> int:
    ranked = g_ids[np.argsort(distances, kind="stable")]
    return len(np.unique(ranked[: np.argmax(ranked == identity)]))


def single_gallery_shot(distances: np.ndarray, q_ids: np.ndarray, g_ids: np.ndarray, random: np.random.RandomState,
                        repeats: int, length: int) -> tuple[np.ndarray, int]:
    """Sum over the queries of their mean CMC (length,) over `repeats` galleries, and how many queries had a match.

    Each gallery keeps one image of every identity, drawn in the order in which the identities appear in the query's
    ranked list. Infinite distances stand for removed images. `random` is numpy's old generator, because published
    numbers come from it.
    """
    total, valid = np.zeros(length), 0
    for row, identity in zip(distances, q_ids, strict=True):
        order = np.argsort(row, kind="stable")
        ranked = g_ids[order[: np.isfinite(row).sum()]]
        if (ranked == identity).any():
            total += _one_query(ranked, identity, random, repeats, length)
            valid += 1
    return total, valid


def _one_query(ranked: np.ndarray, identity: int, random: np.random.RandomState, repeats: int,
               length: int) -> np.ndarray:
    known, first, many = np.unique(ranked, return_index=True, return_counts=True)
    places = np.argsort(ranked, kind="stable")  # of each identity in turn, ascending
    appearing = np.argsort(first)
    start = (np.cumsum(many) - many)[appearing]
    own = np.argmax(known[appearing] == identity)
    found = np.zeros(length)
    for _ in range(repeats):
        drawn = places[start + random.randint(0, many[appearing])]
        found[(drawn < drawn[own]).sum() :] += 1 / repeats
    return found
