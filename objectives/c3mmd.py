"""What brings visible and infrared features together: MMD, CMMD, correlation consistency; CM-NAS, section 3.3."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError
from nasreid.objective import Objective
from nasreid.objectives.modalities import check_both, modality_of, paired
from nasreid.waits import sent


class MMD(Objective):
    """Distance of the mean visible and the mean infrared feature in the space of the kernel (x y)^2.

    Reads `Embedding.neck` (N, D) and `Batch.modality` (N,), in any order.

    Args:
        root: the norm of CM-NAS eq. 4; without it the squared norm (official code).
        normalise: L2-normalise the features first (official code); the paper does not say.
    """

    reads_neck = True
    needs_modalities = True

    def __init__(self, root: bool = True, normalise: bool = True) -> None:
        super().__init__()
        self.root = root
        self.normalise = normalise

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """The distance for N images, a scalar.

        Raises:
            NasreidError: the batch lacks a modality.
        """
        infrared = modality_of(batch, "MMD")
        return self.distance(embedding.neck, infrared, torch.zeros_like(batch.labels))

    def distance(self, features: Tensor, infrared: Tensor, groups: Tensor) -> Tensor:
        """Mean over the groups (N,) of their distances, for features (N, D) and infrared (N,); a scalar.

        Groups and infrared lie on the CPU, wherever the features are.
        """
        features = F.normalize(features, dim=1) if self.normalise else features
        kernel = (features @ features.T).square()  # (N, N)
        weights = sent(_contrasts(groups, infrared, kernel.dtype), kernel.device)  # (G, N)
        squared = ((weights @ kernel) * weights).sum(1)  # (G,)
        # rounding may leave a distance of zero below zero, and the root has no slope there
        return (squared.clamp_min(1e-12).sqrt() if self.root else squared).mean()


class CMMD(MMD):
    """Class-specific MMD: the mean over the identities of the batch; CM-NAS, eq. 4.

    Args:
        images: None (paper) groups by identity; a number groups that many consecutive images of each modality,
            whatever their identities (official code, whose batches are sorted: 4).
        root, normalise: as in MMD.
    """

    def __init__(self, images: int | None = None, root: bool = True, normalise: bool = True) -> None:
        super().__init__(root, normalise)
        if images is not None and images < 1:
            raise NasreidError(f"CMMD: images={images}; expected a number from 1, or None for groups by identity")
        self.images = images

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """Eq. 4 for N images, a scalar.

        Raises:
            NasreidError: a group lacks a modality.
        """
        infrared = modality_of(batch, "CMMD")
        groups = batch.labels if self.images is None else _consecutive(infrared, self.images)
        check_both(groups, infrared, "CMMD: identity" if self.images is None else "CMMD: group")
        return self.distance(embedding.neck, infrared, groups)


class CorrelationConsistency(Objective):
    """Visible images should resemble each other as their infrared partners do; CM-NAS, eq. 6 to 8.

    Gram matrices of `Embedding.neck` for each modality, rows L2-normalised; their mean squared difference. The k-th
    visible image of an identity is the partner of its k-th infrared one; the order of the batch is free.
    """

    reads_neck = True
    needs_modalities = True

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """Eq. 8 for 2n images, a scalar.

        Raises:
            NasreidError: an identity has not as many visible as infrared images.
        """
        visible, infrared = paired(batch, "correlation consistency")
        return F.mse_loss(_correlations(embedding.neck[visible]), _correlations(embedding.neck[infrared]))


class C3MMD(Objective):
    """Weighted sum of CMMD and correlation consistency; CM-NAS, eq. 9.

    Args:
        cmmd: lambda_1, 0.05. (The paper gives both weights twice, once swapped; its code has these.)
        correlation: lambda_2, 5.
        images, root, normalise: as in CMMD.
    """

    reads_neck = True
    needs_modalities = True

    def __init__(self, cmmd: float = 0.05, correlation: float = 5.0, images: int | None = None, root: bool = True,
                 normalise: bool = True) -> None:
        super().__init__()
        self.weights = (cmmd, correlation)
        self.cmmd = CMMD(images, root, normalise)
        self.correlation = CorrelationConsistency()

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """Eq. 9 for 2n images, a scalar."""
        cmmd, correlation = self.weights
        return cmmd * self.cmmd(embedding, batch) + correlation * self.correlation(embedding, batch)


def _contrasts(groups: Tensor, infrared: Tensor, dtype: torch.dtype) -> Tensor:
    """(G, N): 1 / count on the visible images of a group, -1 / count on its infrared ones."""
    member = groups[None, :] == groups.unique()[:, None]  # (G, N)
    sides = [(member & side).to(dtype) for side in (~infrared, infrared)]
    visible, infrared = (side / side.sum(1, keepdim=True) for side in sides)
    return visible - infrared


def _consecutive(infrared: Tensor, images: int) -> Tensor:
    """Group (N,) of each image: its place among those of its modality, divided by `images`."""
    places = torch.where(infrared, infrared.cumsum(0), (~infrared).cumsum(0)) - 1
    return places // images


def _correlations(features: Tensor) -> Tensor:
    """Gram matrix (n, n) of features (n, D), rows L2-normalised; eq. 6 and 7."""
    return F.normalize(features @ features.T, dim=1)
