"""Whether a network that left nasreid gives the features of the one that stayed, before it is put in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nasreid.data.batches.packed import Packed, normalise
from nasreid.data.batches.stream import evaluation_loader
from nasreid.data.batches.transforms import Plain
from nasreid.errors import NasreidError
from nasreid.evaluation.bootstrap import USUAL
from nasreid.evaluation.distances import unit
from nasreid.evaluation.protocol import Protocol
from nasreid.files import Document

BATCHES = (1, 2, 7, 64)
Run = Callable[..., Tensor]  # images (N, 3, H, W) and modality (N,) where there is one -> features (N, D)


@dataclass(frozen=True)
class Limits:
    """What may differ: a feature (times the largest one, where that is above 1), mAP in per cent, mean cosine."""

    delta: float = 1e-4
    points: float = 0.05
    cosine: float = 1e-3


@dataclass(frozen=True)
class Proof:
    """What was seen of `images` pictures, of which the first 64 went in one by one and in batches.

    delta: the largest difference of a feature for each size of a batch; alone: of an image alone to itself in a batch;
    largest: the largest feature. cosine, points: mean pairwise cosine and mAP of both, torch first; interval: 95 % of
    torch's mAP with queries drawn anew (percentile bootstrap). protocol: in words.
    """

    images: int
    delta: dict[int, float]
    alone: float
    largest: float
    cosine: tuple[float, float]
    points: tuple[float, float]
    interval: tuple[float, float]
    protocol: str

    def document(self) -> Document:
        """Plain data for JSON."""
        return {**asdict(self), "delta": {str(size): value for size, value in self.delta.items()},
                "runtime": "torch " + torch.__version__}

    def __str__(self) -> str:
        worst = max(self.delta.values())
        return (f"proof     {self.images} images; largest difference {worst:.1e} of {self.largest:.3g} (batches of "
                f"{', '.join(map(str, self.delta))}), alone {self.alone:.1e}; mean cosine {self.cosine[0]:.4f} and "
                f"{self.cosine[1]:.4f}; mAP {self.points[0]:.2f} and {self.points[1]:.2f}")

    def check(self, limits: Limits = Limits()) -> Proof:
        """Itself; NasreidError for what differs more than the limits say."""
        most = limits.delta * max(1.0, self.largest)
        for size, found in self.delta.items():
            if not found <= most:
                raise NasreidError(f"refused: in batches of {size} a feature differs by {found:.2g} from torch's; "
                                   f"expected at most {most:.2g}")
        if not self.alone <= most:
            raise NasreidError(f"refused: an image alone differs by {self.alone:.2g} from itself in a batch; expected "
                               f"at most {most:.2g}")
        return self.check_ranking(limits)

    def check_loss(self, most: float) -> Proof:
        """Itself, of a lower precision; NasreidError where mAP is lower than torch's by more than `most` per cent, or
        features are less than half as far apart as torch's: all embeddings alike.
        """
        if not self.points[0] - self.points[1] <= most:
            raise NasreidError(f"refused: mAP falls from {self.points[0]:.2f} to {self.points[1]:.2f}; expected a loss "
                               f"of at most {most:g} (--max-loss), or --accept-loss")
        before, after = self.cosine
        if not 1 - after >= (1 - before) / 2:
            raise NasreidError(f"refused: the mean cosine of two features rises from {before:.4f} to {after:.4f}; "
                               "expected embeddings that stay apart, or --accept-loss")
        return self

    def check_ranking(self, limits: Limits = Limits()) -> Proof:
        """Itself; NasreidError where embeddings have moved together, or retrieval is another."""
        before, after = self.cosine
        if not abs(after - before) <= limits.cosine:
            raise NasreidError(f"refused: the mean cosine of two features is {after:.4f}, torch's {before:.4f}; "
                               f"expected at most {limits.cosine:g} between them")
        if not abs(self.points[1] - self.points[0]) <= limits.points:
            raise NasreidError(f"refused: mAP is {self.points[1]:.2f}, torch's {self.points[0]:.2f}; expected at most "
                               f"{limits.points:g} between them")
        return self


@dataclass(frozen=True)
class Pictures:
    """What a proof is made on: the images of `frame`, as a network takes them."""

    frame: pd.DataFrame
    protocol: Protocol
    height: int
    width: int
    decoder: str = "fast"

    def inputs(self, baked: bool, both: bool) -> Iterator[tuple[Tensor, ...]]:
        """Batches of 64 as the graph takes them: images (N, 3, H, W), and modality (N,) for both."""
        loader = evaluation_loader(self.frame, Plain(self.height, self.width, self.decoder), BATCHES[-1], 0)
        for batch in loader:
            pixels = cast(Packed, batch).pixels  # (N, H, W, 3)
            images = pixels.permute(0, 3, 1, 2).contiguous() if baked else normalise(pixels)
            modality = batch.modality if batch.modality is not None else torch.zeros(len(pixels), dtype=torch.bool)
            yield (images, modality) if both else (images,)


def proven(network: Run, other: Run, pictures: Pictures, baked: bool = False, both: bool = False) -> Proof:
    """What is seen of two networks that take and give the same; nothing is refused yet."""
    mine, theirs, first = [], [], None
    with torch.no_grad():
        for given in pictures.inputs(baked, both):
            first = given if first is None else first
            mine.append(network(*given).float().numpy())
            theirs.append(_tried(other, *given).float().numpy())
        assert first is not None
        delta, alone = _by_batches(network, other, first)
    found = np.concatenate(mine), np.concatenate(theirs)
    scores = [pictures.protocol.score(pictures.frame, np.nan_to_num(one)) for one in found]
    return Proof(len(found[0]), delta, alone, float(np.abs(found[0]).max()), (_cosine(found[0]), _cosine(found[1])),
                 (100 * scores[0].map, 100 * scores[1].map), _interval(pictures, found[0]), scores[0].protocol)


def _interval(pictures: Pictures, features: np.ndarray) -> tuple[float, float]:
    """Of mAP in per cent over the queries of the first trial."""
    trial = next(iter(pictures.protocol.trials(pictures.frame)))
    found = pictures.protocol.asked(pictures.frame, trial, features).precision()
    found = 100 * found[np.isfinite(found)]
    return USUAL.ends(USUAL.drawn(found[None], 0).mean((1, 2)), len(found))


def _by_batches(network: Run, other: Run, given: tuple[Tensor, ...]) -> tuple[dict[int, float], float]:
    """{size: largest difference to the network image by image}, and that of the other alone and in batches."""
    number = len(given[0])
    single = torch.cat([network(*(x[at:at + 1] for x in given)) for at in range(number)])
    found = {size: torch.cat([_tried(other, *(x[at:at + size] for x in given)) for at in range(0, number, size)])
             for size in BATCHES}
    return ({size: _most(one - single) for size, one in found.items()},
            max(_most(one - found[1]) for one in found.values()))


def _tried(network: Run, *given: Tensor) -> Tensor:
    try:
        return network(*given)
    except NasreidError:
        raise
    except Exception as error:  # each runtime has its own
        said = " ".join(str(error).split())[:200]
        raise NasreidError(f"refused: it stops with {len(given[0])} images ({said}); expected features of any number "
                           "of images") from error


def _most(difference: Tensor) -> float:
    return float(difference.abs().max()) if bool(difference.isfinite().all()) else float("inf")


def _cosine(features: np.ndarray) -> float:
    """Mean cosine of two different rows of (N, D), in float64."""
    rows = unit(features.astype(np.float64))
    total = float(np.square(rows.sum(0)).sum())
    return (total - float(np.square(rows).sum())) / max(1, len(rows) * (len(rows) - 1))
