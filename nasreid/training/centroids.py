"""Before the first step: the vectors of a whole half, for objectives that start from centroids (MSINet section 3.1)."""

from __future__ import annotations

from itertools import islice

import torch
from torch import Tensor

from nasreid.network.memory import beside
from nasreid.network.network import Network
from nasreid.objective import Objective
from nasreid.strategy import Part, Split, Twins
from nasreid.training.sources import Source


def start(twins: Twins, split: Split, network: Network, source: Source, few: bool = False) -> None:
    """Give each objective that asks for it the vectors of its half, from the network as it is, in evaluation mode.

    few: those of the first batch stand for all.
    """
    for objective, part in asking(twins, split):
        vectors = _vectors(network, source, part, 1 if few else None)
        vectors = vectors[torch.arange(len(part.labels)) % len(vectors)]  # (N, D), each its own but for few
        objective.start(vectors, torch.as_tensor(part.labels, device=vectors.device))


def asking(twins: Twins, split: Split) -> list[tuple[Objective, Part]]:
    """The objectives that start from vectors, each with the half that they are of."""
    pairs = ((twins.weights, split.train), (twins.architecture, split.validation))
    return [(objective, part) for objective, part in pairs
            if objective is not None and part is not None and objective.needs_start]


@torch.no_grad()
def _vectors(network: Network, source: Source, part: Part, batches: int | None) -> Tensor:
    network.eval()
    moved = (beside(network, batch) for batch in islice(source.plain(part), batches))
    return torch.cat([network(batch.images, batch.modality).vectors for batch in moved])  # (N, D)
