"""The spatial alignment module (SAM) of MSINet, section 3.3: images should agree where an object is recognised."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasreid.batch import Batch, Embedding
from nasreid.errors import NasreidError, one_of
from nasreid.objective import Objective
from nasreid.objectives.spatial_alignment_vectors import agreement, disagreement, mutual, strongest

# mode: (positives follow the position activation module, sets whose vectors are aligned with each other)
MODES: dict[str, tuple[bool, tuple[str, ...]]] = {
    "pam": (True, ("negatives",)),
    "pam_pos": (True, ()),
    "pos": (False, ("positives",)),
    "neg": (False, ("negatives",)),
    "unified": (False, ("others",)),
    "separated": (False, ("positives", "negatives")),
}


class SpatialAlignment(Objective):
    """Align the activation vectors a(i, j) of an anchor i with other samples j; MSINet, eq. 7 and 8.

    a(i, j) holds, for each position of i, its largest inner product with a position of j. The loss of an anchor is
    1 - cosine similarity, averaged over the pairs that `mode` names, and the loss is the mean over the anchors. Reads
    `Embedding.maps` (N, D, h, w); anchors may have different numbers of positives.

    Args:
        width: D, the channels of the maps.
        mode: rows of MSINet's table 5. "pam" is eq. 8: vectors of positives agree with that of the position activation
            module (PAM), those of negatives with each other; "pam_pos" is its first term. Without a PAM: "pos", "neg",
            "separated" (both) align the vectors of positives, negatives with each other, and "unified" all of them.
        positions: "anchor" (paper): a(i, j) is indexed by the positions of i; "sample": by those of j, the maximum
            running over those of i (official code).
        self_pairs: a sample is its own positive, and makes a pair with itself (official code).
        softmax: squeeze inner products by a softmax over the positions that the maximum is taken over, the variant
            of table 11, which does not spell it out.
        reduction: the PAM compares positions in D / reduction channels.

    State: with a PAM its 1x1 convolutions `query` and `key`.
    """

    reads_maps = True

    def __init__(self, width: int, mode: str = "pam", positions: str = "anchor", self_pairs: bool = False,
                 softmax: bool = False, reduction: int = 8) -> None:
        super().__init__()
        _check(width, mode, positions, reduction)
        self.mode, self.positions, self.self_pairs, self.softmax = mode, positions, self_pairs, softmax
        self.pam, self.sets = MODES[mode]
        self.needs_two_images = (self.pam or "positives" in self.sets) and not self_pairs
        self.needs_two_identities = "negatives" in self.sets
        if self.pam:
            self.query = nn.Conv2d(width, width // reduction, 1)
            self.key = nn.Conv2d(width, width // reduction, 1)

    def forward(self, embedding: Embedding, batch: Batch) -> Tensor:
        """Eq. 8 for maps (N, D, h, w) and identities (N,), a scalar.

        Raises:
            NasreidError: there are no maps, or an anchor lacks a positive or a negative that the mode needs.
        """
        if embedding.maps is None:
            raise NasreidError("spatial alignment: an embedding without maps; expected the maps of a convolution")
        self._check(batch.labels)
        attention = self.attention(embedding.maps) if self.pam else None
        return self.alignment(self.activations(embedding.maps), attention, batch.identities)

    def activations(self, maps: Tensor) -> Tensor:
        """Eq. 7: maps (N, D, h, w) -> (N, N, h * w), for each anchor and each sample."""
        vectors = mutual(maps.flatten(2), self.softmax)
        return vectors if self.positions == "anchor" else vectors.transpose(0, 1)

    def attention(self, maps: Tensor) -> Tensor:
        """The PAM: maps (N, D, h, w) -> (N, h * w), the largest product of each query with a key."""
        query, key = self.query(maps).flatten(2), self.key(maps).flatten(2)  # (N, d, P) each
        return strongest(query.transpose(1, 2) @ key, self.softmax)

    def alignment(self, activations: Tensor, attention: Tensor | None, identities: Tensor) -> Tensor:
        """Eq. 8 for activations (N, N, P), attention (N, P) where the mode has a PAM, and identities (N,); a scalar."""
        sets = self._sets(identities)
        activations = F.normalize(activations, dim=2)
        losses = [disagreement(activations, sets[name], self.self_pairs) for name in self.sets]
        if attention is not None:
            losses.append(agreement(F.normalize(attention, dim=1), activations, sets["positives"]))
        return torch.stack(losses).sum()

    def _sets(self, identities: Tensor) -> dict[str, Tensor]:
        """{name: (N, N) bool}: which samples belong to the set of each anchor."""
        same = identities[:, None] == identities[None, :]
        itself = torch.eye(len(same), dtype=torch.bool, device=same.device)
        itself = torch.zeros_like(itself) if self.self_pairs else itself
        return {"positives": same & ~itself, "negatives": ~same, "others": ~itself}

    def _check(self, identities: Tensor) -> None:
        """Refuse identities (N,), on the CPU, of whom some have not what the mode needs."""
        sets = self._sets(identities)
        for name in (*self.sets, *(["positives"] if self.pam else [])):
            lonely = (~sets[name].any(1)).nonzero()
            if len(lonely):
                identity = int(identities[lonely[0]])
                raise NasreidError(f"spatial alignment: identity {identity} has an image without {name} in the batch; "
                                   "expected two or more identities with two or more images each")


def _check(width: int, mode: str, positions: str, reduction: int) -> None:
    if mode not in MODES:
        raise NasreidError(f"spatial alignment: mode={one_of(mode, MODES)}")
    if positions not in ("anchor", "sample"):
        raise NasreidError(f"spatial alignment: positions={positions!r}; expected 'anchor' or 'sample'")
    if not 1 <= reduction <= width:
        raise NasreidError(f"spatial alignment: reduction={reduction}; expected a number from 1 to the width {width}")
