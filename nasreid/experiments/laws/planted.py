"""A space with a planted optimum: one candidate of each decision makes every re-identification loss zero.

An image holds three codes of 16 values, one a channel: that of its identity, orthogonal to all others, and two that are
drawn anew for each image of each step, so that nothing can learn them by heart, and twice as loud. Each decision takes
one of the three, and the vectors are the sum over the decisions: whatever is not planted is noise in them. The codes'
places among the candidates differ from decision to decision.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from nasreid.data.batches.tensor_set import Images
from nasreid.space import SearchSpace, choice

WIDTH, NAMES = 16, ("red", "green", "blue")


class Planted(SearchSpace):
    """`slots` decisions between the codes of an image; "red" is the planted one. All that it learns is a gain."""

    def __init__(self, slots: int = 3):
        super().__init__()
        self.width = WIDTH
        turned = [[NAMES[(slot + place) % 3] for place in range(3)] for slot in range(slots)]
        self.slots = nn.ModuleList(choice(f"slot{number}", {name: Code(NAMES.index(name)) for name in names})
                                   for number, names in enumerate(turned, 1))
        self.gain = nn.Parameter(torch.ones(WIDTH, 1, 1))

    def maps(self, images: Tensor, modality: Tensor | None = None) -> Tensor:
        """images (N, 3, 4, 4) -> maps (N, 16, 2, 2), the same in each position."""
        return (self.gain * torch.stack([slot(images) for slot in self.slots]).sum(0)).expand(-1, -1, 2, 2)


def planted() -> SearchSpace:
    """One with three decisions."""
    return cast(SearchSpace, Planted())  # NNI's base class says less of what it constructs


class Code(nn.Module):
    """One channel of the image, as maps: (N, 3, 4, 4) -> (N, 16, 1, 1)."""

    def __init__(self, channel: int):
        super().__init__()
        self.channel = channel

    def forward(self, images: Tensor) -> Tensor:
        return images[:, self.channel].flatten(1)[..., None, None]


def codes(frame: pd.DataFrame, seed: int = 0) -> Images:
    """Pictures (n, 3, 4, 4) of the rows (n,) of a frame of up to 16 identities."""
    identities = torch.as_tensor(np.unique(frame["identity"], return_inverse=True)[1])

    def pictures(rows: np.ndarray, look: int) -> Tensor:
        generator = torch.Generator().manual_seed(100_003 * seed + look)
        made = torch.randn(len(rows), 3, WIDTH, generator=generator).sign() * 2
        made[:, 0] = hadamard(WIDTH)[identities[rows]]
        return made.unflatten(2, (4, 4))

    return pictures


def hadamard(size: int) -> Tensor:
    """Orthogonal rows of 1 and -1, (size, size), size a power of 2."""
    return torch.ones(1, 1) if size == 1 else torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]]), hadamard(size // 2))
