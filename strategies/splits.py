"""Which identities, and which of their images, train and which validate: values that any strategy may hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasreid.errors import NasreidError
from nasreid.strategy import Division, Part, Split


@dataclass(frozen=True)
class Everything(Division):
    """One level: all images train, none validates."""

    def __call__(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        identities, labels = np.unique(frame["identity"].to_numpy(), return_inverse=True)
        return Split(Part(np.arange(len(frame)), labels, len(identities)))


@dataclass(frozen=True)
class Overlapping(Division):
    """Random split with any ratio of identities (MSINet supplement, section 8).

    A share `train` of the identities, chosen at random, trains and a share `validation` validates. Where the shares
    add up to more than 1 the identities in common have their images evenly divided, at random; where they add up to
    less, the rest is left out.
    """

    train: float = 0.6
    validation: float = 0.8

    def __call__(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        identities = frame["identity"].to_numpy()
        known = np.unique(identities)
        n_train, n_validation = (_count(name, share, len(known)) for name, share in
                                 (("train", self.train), ("validation", self.validation)))
        if self.train + self.validation <= 1 + 1e-9:  # both may have been rounded up
            n_validation = min(n_validation, len(known) - n_train)
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
        return Split(_part(identities, first, trained), _part(identities, second, validated))


@dataclass(frozen=True)
class Same(Division):
    """All identities train and validate, their images evenly divided at random."""

    def __call__(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        return Overlapping(1.0, 1.0)(frame, rng)


@dataclass(frozen=True)
class Disjoint(Division):
    """No identity in common: a share `train` of them, chosen at random, trains, the others validate."""

    train: float = 0.8

    def __call__(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        identities = frame["identity"].to_numpy()
        known = np.unique(identities)
        cut = round(self.train * len(known)) if 0 < self.train < 1 else 0
        if min(cut, len(known) - cut) < 2:
            raise NasreidError(f"train share {self.train} divides {len(known)} identities into {cut} and "
                               f"{len(known) - cut}; expected at least 2 in each half")
        shuffled = rng.permutation(known)
        halves = (shuffled[:cut], shuffled[cut:])
        return Split(*(_part(identities, [np.flatnonzero(np.isin(identities, half))], half) for half in halves))


@dataclass(frozen=True)
class Official(Division):
    """The split of MSINet's official code, fixed at 60 % / 80 %: by label order, and by list order within a label.

    With n identities and k = floor(n / 5), the first k (sorted) are for training alone, those from 3k on for
    validation alone; of the ones between, the first floor(half) of the images train and the rest validate.
    """

    def __call__(self, frame: pd.DataFrame, rng: np.random.Generator) -> Split:
        known, labels = np.unique(frame["identity"].to_numpy(), return_inverse=True)
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


def _part(identities: np.ndarray, rows: Sequence[np.ndarray], classes: np.ndarray) -> Part:
    joined = np.concatenate(rows)
    order = np.sort(classes)
    return Part(joined, np.searchsorted(order, identities[joined]), len(order))


def _count(name: str, share: float, identities: int) -> int:
    count = round(share * identities) if 0 < share <= 1 else 0
    if count < 2:
        raise NasreidError(f"{name} share {share} of {identities} identities gives {count}; expected a share in (0, 1] "
                           "that leaves at least 2")
    return count
