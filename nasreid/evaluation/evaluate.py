"""Evaluation of a network on the images of a frame; the scores themselves are `nasreid.evaluation.ranking`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasreid.data.frame import checked_columns
from nasreid.errors import NasreidError
from nasreid.evaluation.distances import METRICS, distances
from nasreid.evaluation.ranking import hits, rank, score
from nasreid.evaluation.scores import Scores, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from nasreid.batch import Batch
    from nasreid.data.batches.packed import Packed
    from nasreid.evaluation.protocol import Protocol
    from nasreid.network.network import Network

__all__ = ["METRICS", "Scores", "distances", "evaluate", "hits", "rank", "score", "summarise", "vectors", "vectors_of"]


def vectors(
    network: Network,
    frame: pd.DataFrame,
    height: int,
    width: int,
    batch_size: int = 64,
    workers: int = 0,
    device: str = "cpu",
    progress: bool = True,
    decoder: str = "fast",
    channels_last: bool = False,
) -> np.ndarray:
    """Retrieval vectors (N, D) float32 of the N images of `frame`, in its order; the network's mode is left as it was.

    channels_last: as for `nasreid.network.memory.place`.
    """
    from rich.console import Console
    from rich.progress import track
    from torch import nn

    from nasreid.data.batches.stream import evaluation_loader
    from nasreid.data.batches.transforms import Plain
    from nasreid.network.memory import place

    if not isinstance(network, nn.Module):
        shown = repr(network) if isinstance(network, str) else f"of the class {type(network).__name__}"
        raise NasreidError(f"network is {shown}; expected what nasreid.Retrain(...).run(...) gives (of a run "
                           "folder nasreid.Extractor makes vectors, nasreid evaluate scores)")
    loader = evaluation_loader(frame, Plain(height, width, decoder), batch_size, workers)
    bar = track(loader, "images", -(-len(frame) // batch_size), console=Console(stderr=True), disable=not progress)
    return vectors_of(place(network, device, channels_last), bar)


def vectors_of(network: Network, batches: Iterable[Packed | Batch]) -> np.ndarray:
    """Retrieval vectors (N, D) float32 of the images in `batches`; the network keeps its place and mode."""
    import torch

    from nasreid.network.memory import beside

    modes = {module: module.training for module in network.modules()}
    found = []
    try:
        network.eval()
        with torch.inference_mode():
            for batch in batches:
                batch = beside(network, batch)
                found.append(network.vectors(batch.images, batch.modality).float().cpu().numpy())
    finally:
        for module, training in modes.items():
            module.training = training
    return np.concatenate(found)


def evaluate(
    network: Network,
    frame: pd.DataFrame,
    height: int,
    width: int,
    batch_size: int = 64,
    workers: int = 0,
    device: str = "cpu",
    normalise: bool = True,
    progress: bool = True,
    protocol: Protocol | None = None,
) -> Scores:
    """Scores of a network on the test images of `frame`; default protocol: market's.

    Raises NasreidError where the frame lacks a column, or images that ask or answer.
    """
    from nasreid.evaluation.protocols import market

    images = checked_columns(frame)
    images = images[images["split"] != "train"].reset_index(drop=True)
    rows = protocol or market()[0]
    next(iter(rows.trials(images)))  # says what is missing before the network runs
    found = vectors(network, images, height, width, batch_size, workers, device, progress)
    return rows.score(images, found, normalise=normalise)
