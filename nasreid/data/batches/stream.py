"""The stream of steps that search and retraining consume: every step is a function of its number alone.

That is what makes a resumed run bit-identical: the loader may start at any step, with any number of workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
import torch
from torch.utils.data import DataLoader, Dataset

from nasreid.batch import Batch
from nasreid.data.batches.packed import Packed
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.plan import StepKey, Timetable
from nasreid.data.batches.tensor_set import TensorSet
from nasreid.data.batches.transforms import Augment, Plain
from nasreid.data.frame import checked_columns
from nasreid.errors import NasreidError
from nasreid.ranks import ALONE, Ranks

T = TypeVar("T")
Pictures = PictureSet | TensorSet


@dataclass(frozen=True)
class Step:
    """One step on its device: its number, its epoch of training, its position in that epoch, and its batches."""

    index: int
    epoch: int
    position: int
    train: Batch
    validation: Batch | None = None


@dataclass(frozen=True)
class PackedStep:
    """A step as the loader makes it: pictures of files are uint8 until they are on the device."""

    index: int
    epoch: int
    position: int
    train: Packed | Batch
    validation: Packed | Batch | None = None

    def to(self, device: torch.device | str, **options: Any) -> Step:
        """The step on `device`, its pictures normalised there."""
        validation = None if self.validation is None else self.validation.to(device, **options)
        return Step(self.index, self.epoch, self.position, self.train.to(device, **options), validation)

    def pin_memory(self) -> PackedStep:
        """The same step with its pictures in page-locked memory."""
        validation = None if self.validation is None else self.validation.pin_memory()
        return PackedStep(self.index, self.epoch, self.position, self.train.pin_memory(), validation)


class Guarded(Generic[T]):
    """An iterable over a DataLoader whose items may be a NasreidError: raised here, in the caller's process.

    Raised in a worker it would arrive with the worker's traceback inside its text.
    """

    def __init__(self, inner: DataLoader):
        self.inner = inner

    def __len__(self) -> int:
        return len(self.inner)

    def __iter__(self) -> Iterator[T]:
        for item in self.inner:
            if isinstance(item, NasreidError):
                raise item
            yield item


def loader(plan: Timetable, train: Pictures, validation: Pictures | None = None, start_step: int = 0, workers: int = 0,
           pin: bool = False, ranks: Ranks = ALONE) -> Guarded[PackedStep]:
    """Iterable of the `PackedStep`s of the plan, from `start_step` to the end; of ranks, each has its part of a step.

    Bit-identical whatever the number of workers and whatever the step it starts at. `pin` puts the pictures into
    page-locked memory, for a GPU. Raises NasreidError, naming the file, at the step whose picture does not decode.
    """
    keys = plan.keys(start_step, ranks)
    if len(keys) and (validation is None) != (plan.key(start_step, ranks).validation is None):
        raise NasreidError("the plan and the pictures of the loader differ: expected a second stream in both or none")
    return _guarded(_Steps(train, validation), keys, workers, pin)


def evaluation_loader(frame: pd.DataFrame, transform: Augment | Plain, batch_size: int = 64,
                      workers: int = 0) -> Guarded[Packed]:
    """Iterable of `Packed` batches in the order of the frame; identities are the frame's own, not labels."""
    checked_columns(frame, needed=("path", "identity", "camera", "modality"))
    pictures = PictureSet(frame, frame["identity"].to_numpy(), transform)
    chunks = [np.arange(start, min(start + batch_size, len(frame))) for start in range(0, len(frame), batch_size)]
    return _guarded(_Chunks(pictures), chunks, workers)


class _Steps(Dataset[PackedStep | NasreidError]):
    def __init__(self, train: Pictures, validation: Pictures | None):
        self.train = train
        self.validation = validation

    def __getitem__(self, key: StepKey) -> PackedStep | NasreidError:
        try:
            train = self.train.batch(key.train.look, key.train.rows)
            step = PackedStep(key.index, key.epoch, key.position, train)
            if self.validation is None or key.validation is None:
                return step
            return replace(step, validation=self.validation.batch(key.validation.look, key.validation.rows))
        except NasreidError as error:
            return error


class _Chunks(Dataset[Packed | NasreidError]):
    def __init__(self, pictures: PictureSet):
        self.pictures = pictures

    def __getitem__(self, rows: np.ndarray) -> Packed | NasreidError:
        try:
            return self.pictures.batch(0, rows)
        except NasreidError as error:
            return error


def _guarded(dataset: Dataset[T | NasreidError], keys: Iterable[object], workers: int, pin: bool = False) -> Guarded[T]:
    # a generator of its own: DataLoader otherwise draws its workers' seed from torch's global one
    generator = torch.Generator().manual_seed(0)
    return Guarded(DataLoader(dataset, None, sampler=keys, num_workers=workers, collate_fn=_as_is, pin_memory=pin,
                              generator=generator))


def _as_is(item: T) -> T:
    return item
