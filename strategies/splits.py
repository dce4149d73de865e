"""Which identities, and which of their images, go to the weight step and which to the architecture step."""

from __future__ import annotations

import numpy as np

from nasreid.errors import NasreidError
from nasreid.strategy import Part, Split


def overlapping(identities: np.ndarray, train: float, validation: float, rng: np.random.Generator) -> Split:
    """Random split with any ratio of identities (MSINet supplement, section 8).

    identities (N,): any integers. A share `train` of the identities, chosen at random, goes to the weight step and a
    share `validation` to the architecture step. Where the shares add up to more than 1 the identities in common have
    their images evenly divided, at random; where they add up to less, the rest is left out.
    """
    known = np.unique(identities)
    n_train, n_validation = (_count(name, share, len(known)) for name, share in
                             (("train", train), ("validation", validation)))
    shuffled = rng.permutation(known)
    trained, validated = shuffled[:n_train], shuffled[len(known) - n_validation:]
    common = set(np.intersect1d(trained, validated).tolist())
    first, second = [], []
    for identity in known:
        rows = np.flatnonzero(identities == identity)
        if identity in common:
            half = len(rows) // 2
            drawn = rng.permutation(rows)
            first.append(np.sort(drawn[:half]))
            second.append(np.sort(drawn[half:]))
        elif identity in trained:
            first.append(rows)
        elif identity in validated:
            second.append(rows)
    return Split(_part(first, identities, trained), _part(second, identities, validated))


def official(identities: np.ndarray) -> Split:
    """The split of MSINet's official code, fixed at 60 % / 80 %: by label order, and by list order within a label.

    identities (N,): with n of them and k = floor(n / 5), the first k (sorted) are for training alone, those from 3k on
    for validation alone; of the ones between, the first floor(half) of the images train and the rest validate.
    """
    known, labels = np.unique(identities, return_inverse=True)
    k = len(known) // 5
    if k == 0:
        raise NasreidError(f"the official split needs at least 5 identities, got {len(known)}")
    appearance = list(dict.fromkeys(labels.tolist()))
    first, second = [], []
    for label in appearance:
        rows = np.flatnonzero(labels == label)
        cut = len(rows) if label < k else 0 if label >= 3 * k else len(rows) // 2
        first.append(rows[:cut])
        second.append(rows[cut:])
    train, validation = np.concatenate(first), np.concatenate(second)
    return Split(Part(train, labels[train], 3 * k), Part(validation, labels[validation] - k, len(known) - k))


def _part(rows: list[np.ndarray], identities: np.ndarray, classes: np.ndarray) -> Part:
    joined = np.concatenate(rows)
    order = np.sort(classes)
    return Part(joined, np.searchsorted(order, identities[joined]), len(order))


def _count(name: str, share: float, identities: int) -> int:
    count = round(share * identities)
    if not 0 < share <= 1 or count < 2:
        raise NasreidError(f"{name} share {share} of {identities} identities gives {count}; expected a share in (0, 1] "
                           "that leaves at least 2")
    return count
