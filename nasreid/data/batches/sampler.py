"""P x K batches: P identities with K pictures each, the batches of every metric loss here."""

from __future__ import annotations

import numpy as np

from nasreid.errors import NasreidError


def pk_batches(identities: np.ndarray, p: int, k: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Batches of one epoch: indices (P*K,) into identities (N,), rows grouped by identity.

    Each identity's pictures are shuffled and cut into groups of K; one with fewer than K pictures gives one group,
    drawn with replacement; left-overs are dropped. Each batch takes a group of P identities, drawn without
    replacement, until fewer than P identities have groups left (MSINet's sampler). A pure function of its arguments.

    Nobody starves: in every epoch all identities but at most P-1 are served, each at most as often as it has groups;
    who is left out is drawn anew in each epoch. Where an identity has more than K pictures, left-overs are, too.
    """
    identities = np.asarray(identities)
    order = np.argsort(identities, kind="stable")
    _, counts = np.unique(identities, return_counts=True)
    rng = np.random.default_rng([seed, epoch, 1])
    groups = [_groups(rng, rows, k) for rows in np.split(order, np.cumsum(counts)[:-1])]
    draws = _draws(counts, p, k, seed, epoch)
    return [np.concatenate([groups[identity].pop() for identity in draw]) for draw in draws]


def epoch_length(identities: np.ndarray, p: int, k: int, seed: int, epoch: int) -> int:
    """len(pk_batches(...)), for less."""
    return len(_draws(np.unique(identities, return_counts=True)[1], p, k, seed, epoch))


def cross_modality_length(infrared: np.ndarray, p: int, k: int) -> int:
    """len(cross_modality_batches(...)), for less; infrared (N,) bool."""
    visible = int((~infrared).sum())
    return max(visible, len(infrared) - visible) // (p * k) + 1


def with_both(identities: np.ndarray, infrared: np.ndarray) -> np.ndarray:
    """The identities (M,) that have visible and infrared images, sorted; identities (N,), infrared (N,) bool."""
    return np.intersect1d(identities[~infrared], identities[infrared])


def cross_modality_batches(identities: np.ndarray, infrared: np.ndarray, p: int, k: int, seed: int,
                           epoch: int) -> list[np.ndarray]:  # fmt: skip
    """Batches of one epoch for two modalities: indices (2*P*K,) into identities (N,) and infrared (N,) bool.

    Each batch takes P identities without replacement, and K visible and K infrared images of each with replacement:
    first the visible ones, grouped by identity, then the infrared ones in the same order of identities. An epoch has
    floor(max(visible, infrared) / (P*K)) + 1 batches (CM-NAS's sampler). Identities that lack a modality are left out.

    Nobody starves over epochs: every batch takes each of the M identities with probability P/M, and each image of it
    with the same probability, independently of all other batches; within one epoch somebody may be missing.

    Raises:
        NasreidError: fewer than P identities have both modalities.
    """
    identities, infrared = np.asarray(identities), np.asarray(infrared, dtype=bool)
    both = with_both(identities, infrared)
    if p < 1 or k < 1 or len(both) < p:
        raise NasreidError(f"batches of {p} identities x ({k} + {k}) images: {len(both)} identities have visible and "
                           "infrared images; expected as many as a batch takes, at least 1")
    rng = np.random.default_rng([seed, epoch, 2])
    images = [{i: np.flatnonzero((infrared == side) & (identities == i)) for i in both} for side in (False, True)]
    drawn = [rng.choice(both, p, replace=False) for _ in range(cross_modality_length(infrared, p, k))]
    return [np.concatenate([rng.choice(side[i], k) for side in images for i in draw]) for draw in drawn]


def _groups(rng: np.random.Generator, rows: np.ndarray, k: int) -> list[np.ndarray]:
    if len(rows) < k:
        return [rng.choice(rows, k, replace=True)]
    rows = rng.permutation(rows)[: len(rows) // k * k]
    return list(rows.reshape(-1, k))


def _draws(counts: np.ndarray, p: int, k: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Which identities (P,) each batch takes; a stream of its own, so that the length is known without the rest."""
    rng = np.random.default_rng([seed, epoch, 0])
    left = np.maximum(counts // k, 1)
    draws = []
    while len(ready := np.flatnonzero(left)) >= p:
        draws.append(rng.choice(ready, p, replace=False))
        left[draws[-1]] -= 1
    return draws
