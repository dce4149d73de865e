"""The batch-hard triplet loss; MSINet, eq. 6."""

import torch
import torch.nn.functional as F
from pytorch_metric_learning.distances import LpDistance
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective


class Triplet(Objective):
    """max(0, d(a, p) - d(a, n) + margin) with each anchor's farthest positive and nearest negative; MSINet, eq. 6.

    d is the Euclidean distance of `Embedding.vectors` (N, D); the mean runs over all anchors, satisfied ones included.

    Args:
        margin: m of eq. 6.
        normalise: compare L2-normalised vectors (official code); the paper does not say.
    """

    needs_two_images = True
    needs_two_identities = True

    def __init__(self, margin: float = 0.3, normalise: bool = True) -> None:
        super().__init__()
        if margin < 0:
            raise NasreidError(f"triplet: margin={margin}; expected a number from 0")
        self.margin = margin
        self.distance = LpDistance(normalize_embeddings=normalise)

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """The loss of vectors (N, D) with identities (N,), a scalar.

        Raises:
            NasreidError: there is one identity only, or an identity with one image.
        """
        check_triplets(batch.labels)
        distances = self.distance(embedding.vectors, embedding.vectors)  # (N, N)
        farthest, nearest = _hardest(distances.detach(), batch.identities)
        return (distances.gather(1, farthest) - distances.gather(1, nearest) + self.margin).relu().mean()


def _hardest(distances: Tensor, identities: Tensor) -> tuple[Tensor, Tensor]:
    """Distances (N, N) -> the farthest positive and the nearest negative of each anchor, (N, 1) each.

    Every anchor has both, so that nobody has to look who has (the miners of the library do, and a GPU waits).
    """
    same = identities[:, None] == identities[None, :]
    itself = torch.eye(len(same), dtype=torch.bool, device=same.device)
    positives = distances.masked_fill(~same | itself, -torch.inf)
    return positives.argmax(1, keepdim=True), distances.masked_fill(same, torch.inf).argmin(1, keepdim=True)


def precision(vectors: Tensor, identities: Tensor, normalise: bool = True) -> float:
    """Share of the anchors whose farthest positive is nearer than their nearest negative; vectors (N, D)."""
    check_triplets(identities)
    vectors = F.normalize(vectors.detach(), dim=1) if normalise else vectors.detach()
    distances = torch.cdist(vectors, vectors)  # (N, N)
    same = identities[:, None] == identities[None, :]
    farthest = distances.masked_fill(~same, 0).amax(1)
    nearest = distances.masked_fill(same, torch.inf).amin(1)
    return float((nearest > farthest).double().mean())


def check_triplets(identities: Tensor) -> None:
    """Raise NasreidError unless every anchor among identities (N,), on the CPU, has a positive and a negative."""
    labels, counts = identities.unique(return_counts=True)
    if len(labels) < 2:
        raise NasreidError(f"triplet: a batch with the identities {labels.tolist()}; expected two or more")
    if counts.min() < 2:
        lonely = labels[counts.argmin()].item()
        raise NasreidError(f"triplet: identity {lonely} has one image in the batch; expected two or more of each")
