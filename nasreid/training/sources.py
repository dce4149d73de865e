"""Where the images of a run come from: the files that its frame names, or a function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from nasreid.batch import Batch
from nasreid.data.batches.packed import Packed
from nasreid.data.batches.picture_set import PictureSet
from nasreid.data.batches.stream import evaluation_loader
from nasreid.data.batches.tensor_set import Images, TensorSet
from nasreid.data.batches.transforms import Augment, Plain
from nasreid.progress import track
from nasreid.strategy import Part, Split
from nasreid.training.engine import Engine


class Source(ABC):
    """Images of the parts of a training frame."""

    @abstractmethod
    def augmented(self, part: Part, of: int = 1) -> PictureSet | TensorSet:
        """Those of a part, to train on; `of` parts share the memory for pictures."""

    @abstractmethod
    def plain(self, part: Part) -> Iterable[Packed | Batch]:
        """Those of a part as they are, once, in its order."""

    def halves(self, split: Split) -> list[PictureSet | TensorSet]:
        """Those of each half of a split, to train on."""
        parts = split.parts()
        return [self.augmented(part, of=len(parts)) for part in parts]


@dataclass(frozen=True)
class Files(Source):
    """Pictures of the files that the frame names."""

    frame: pd.DataFrame
    augment: Augment
    seed: int
    engine: Engine

    def augmented(self, part: Part, of: int = 1) -> PictureSet:
        room = self.engine.cache_mib * 2**20 // of
        return PictureSet(self.frame.iloc[part.rows], part.labels, self.augment, self.seed, room)

    def plain(self, part: Part) -> Iterable[Packed]:
        plain = Plain(self.augment.height, self.augment.width, self.augment.decoder)
        batches = evaluation_loader(self.frame.iloc[part.rows], plain, 64, self.engine.workers)
        return track(batches, "centroids", len(batches), self.engine.quiet)


@dataclass(frozen=True)
class Function(Source):
    """Images that a function makes of the places of rows in the frame, see `TensorSet`."""

    frame: pd.DataFrame
    images: Images

    def augmented(self, part: Part, of: int = 1) -> TensorSet:
        return TensorSet(self.frame.iloc[part.rows], part.labels, self.images, part.rows)

    def plain(self, part: Part) -> Iterable[Batch]:
        return self.augmented(part).batches()
