"""Before the first step: the vectors of a whole part, for objectives that start from centroids (MSINet section 3.1)."""

from __future__ import annotations

import pandas as pd
import torch
from torch import Tensor

from nasreid.data.batches.stream import evaluation_loader
from nasreid.data.batches.transforms import Plain
from nasreid.network.network import Network
from nasreid.progress import track
from nasreid.strategy import Part, Split, Twins


def start(twins: Twins, split: Split, network: Network, frame: pd.DataFrame, plain: Plain, workers: int,
          quiet: bool) -> None:
    """Give each objective that asks for it the vectors of its part, from the network as it is, in evaluation mode."""
    for objective, part in ((twins.weights, split.train), (twins.architecture, split.validation)):
        if objective is not None and part is not None and objective.needs_start:
            vectors = _vectors(network, frame, part, plain, workers, quiet)
            objective.start(vectors, torch.as_tensor(part.labels, device=vectors.device))


@torch.no_grad()
def _vectors(network: Network, frame: pd.DataFrame, part: Part, plain: Plain, workers: int, quiet: bool) -> Tensor:
    device = next(network.parameters()).device
    network.eval()
    batches = evaluation_loader(frame.iloc[part.rows], plain, 64, workers)
    moved = (batch.to(device) for batch in batches)
    rows = [network(batch.images, batch.modality).vectors for batch in track(moved, "centroids", len(batches), quiet)]
    return torch.cat(rows)  # (N, D)
