"""Before the first step: the vectors of a whole half, for objectives that start from centroids (MSINet section 3.1)."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.network.memory import beside
from nasreid.network.network import Network
from nasreid.strategy import Part, Split, Twins
from nasreid.training.sources import Source


def start(twins: Twins, split: Split, network: Network, source: Source) -> None:
    """Give each objective that asks for it the vectors of its half, from the network as it is, in evaluation mode."""
    for objective, part in ((twins.weights, split.train), (twins.architecture, split.validation)):
        if objective is not None and part is not None and objective.needs_start:
            vectors = _vectors(network, source, part)
            objective.start(vectors, torch.as_tensor(part.labels, device=vectors.device))


@torch.no_grad()
def _vectors(network: Network, source: Source, part: Part) -> Tensor:
    network.eval()
    moved = (beside(network, batch) for batch in source.plain(part))
    return torch.cat([network(batch.images, batch.modality).vectors for batch in moved])  # (N, D)
