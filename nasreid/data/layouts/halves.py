"""Random halves of identities that are the same everywhere and for ever: sorted by a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from nasreid.errors import NasreidError

TRIALS = range(1, 11)


def check_trial(title: str, trial: int) -> None:
    """Raises NasreidError, naming the data set, unless the trial is 1 to 10."""
    if trial not in TRIALS:
        raise NasreidError(f"trial {trial!r} of {title}: expected 1 to 10")


def first(identities: Collection[int], count: int, title: str, trial: int, seed: int = 0) -> set[int]:
    """`count` of the identities, for training: those whose SHA-256 of "title/seed/trial/identity" is least.

    Raises NasreidError when the trial is not 1 to 10 or nobody is left for a part.
    """
    check_trial(title, trial)
    if not 1 <= count < len(identities):
        raise NasreidError(f"{count} of {len(identities)} identities of {title} to train on: expected 1 to all but 1")
    return set(sorted(identities, key=lambda identity: _hash(f"{title}/{seed}/{trial}/{identity}"))[:count])


def side(identity: int, camera: int, train: set[int]) -> str:
    """The split of an image of a data set with two views: train, or the first view asks the second."""
    return "train" if identity in train else "query" if camera == 1 else "gallery"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
