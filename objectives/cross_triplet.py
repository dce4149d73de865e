"""The batch-hard triplet loss within and across modalities; CM-NAS, section 3.3 (basic loss)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.objectives.modalities import check_both, modality_of, side


class CrossModalityTriplet(Objective):
    """Mean of four batch-hard triplet losses: visible and infrared anchors, each against either modality.

    d is the Euclidean distance of `Embedding.vectors` (N, D); an anchor counts among its own positives, so that one
    image of an identity in a modality is enough. The paper says "triplet loss"; the four terms are the official code's.

    Args:
        margin: added to d(a, p) - d(a, n) before the hinge.
        normalise: compare L2-normalised vectors.
        soft: log(1 + exp(d(a, p) - d(a, n))) in place of the hinge; the margin is not used.
    """

    needs_modalities = True
    needs_two_identities = True

    def __init__(self, margin: float = 0.4, normalise: bool = False, soft: bool = False) -> None:
        super().__init__()
        if margin < 0:
            raise NasreidError(f"cross-modality triplet: margin={margin}; expected a number from 0")
        self.margin = margin
        self.normalise = normalise
        self.soft = soft

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """The loss for N images, a scalar.

        Raises:
            NasreidError: an identity lacks a modality, or there is one identity only.
        """
        infrared = _checked(batch)
        rows = [side(mask, batch.identities.device) for mask in (~infrared, infrared)]
        sides = [(embedding.vectors[own], batch.identities[own]) for own in rows]
        return torch.stack([self.term(*anchors, *others) for anchors in sides for others in sides]).mean()

    def term(self, anchors: Tensor, anchor_ids: Tensor, others: Tensor, other_ids: Tensor) -> Tensor:
        """One of the four: anchors (A, D) with anchor_ids (A,) against others (M, D) with other_ids (M,); a scalar."""
        if self.normalise:
            anchors, others = F.normalize(anchors, dim=1), F.normalize(others, dim=1)
        distances = _distances(anchors, others)  # (A, M)
        same = anchor_ids[:, None] == other_ids[None, :]
        farthest = distances.masked_fill(~same, 0).amax(1)
        nearest = distances.masked_fill(same, torch.inf).amin(1)
        if self.soft:
            return F.softplus(farthest - nearest).mean()
        return (farthest - nearest + self.margin).relu().mean()


def _distances(anchors: Tensor, others: Tensor) -> Tensor:
    """Euclidean distances (A, M); the slope is zero, not infinite, between equal vectors."""
    distances = torch.cdist(anchors, others, compute_mode="donot_use_mm_for_euclid_dist")
    return distances.clamp_min(1e-6)


def _checked(batch: Batch) -> Tensor:
    """infrared (N,), on the CPU, of a batch in which every identity has both modalities, and there are two or more."""
    infrared = modality_of(batch, "cross-modality triplet")
    check_both(batch.labels, infrared, "cross-modality triplet: identity")
    labels = batch.labels.unique().tolist()
    if len(labels) < 2:
        raise NasreidError(f"cross-modality triplet: a batch with the identities {labels}; expected two or more")
    return infrared
