"""A relaxed decision on a part of the channels: the others pass it by (PC-DARTS; Xu et al., ICLR 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from nasreid.errors import NasreidError, in_one_line
from nasreid.mutation.choices import OpenChoice, Output
from nasreid.mutation.mixed import MixedChoice, Relaxer


class MixedPart(MixedChoice):
    """The first C / parts channels go through the mix, the others by it; then channels are shuffled.

    Section 3.1: `sum of weights * candidate(S x) + (1 - S) x`. Here S is always the first part, and the shuffle, as
    between grouped convolutions (Zhang et al., CVPR 2018, section 3.1), brings others there for the next decision.
    Where candidates lower the resolution, the others are max-pooled to it, of which the paper says nothing.
    Candidates are those that the family's `narrow` makes for C / parts channels, so memory and time are of that size;
    what they learn fits no network, and a genotype is retrained from fresh weights.
    """

    pieces: int = 1

    def forward(self, *inputs: object, **options: object) -> Output:
        """x (N, C, H, W), and what else candidates take -> (N, C, h, w), h and w as candidates make them.

        Raises:
            NasreidError: the input is no tensor of a multiple of so many channels, or candidates change its shape.
        """
        x, *others = inputs
        if not isinstance(x, Tensor) or x.dim() < 2 or x.shape[1] % self.pieces:
            what = f"{x.shape[1]} channels" if isinstance(x, Tensor) and x.dim() > 1 else f"a {type(x).__name__}"
            raise NasreidError(f"choice {str(self.label)!r} gets {what}; expected a multiple of {self.pieces} "
                               "channels, of which one part runs through its candidates")
        part, rest = x.tensor_split([x.shape[1] // self.pieces], 1)
        found: Any = super().forward(part, *others, **options)
        if not isinstance(found, Tensor) or not _fits(found, part):
            made = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise NasreidError(f"choice {str(self.label)!r} makes {made} of {tuple(part.shape)}; expected the same "
                               "shape, or maps of fewer rows and columns, so that other channels can pass it by")
        if found.shape[2:] != rest.shape[2:]:
            rest = nn.functional.adaptive_max_pool2d(rest, list(found.shape[2:]))
        return shuffled(torch.cat([found, rest], 1), self.pieces)


def _fits(found: Tensor, part: Tensor) -> bool:
    """Whether this has the shape of the part, or is maps of the same channels, of a lower resolution."""
    return found.shape == part.shape or (found.dim() == part.dim() == 4 and found.shape[:2] == part.shape[:2] and all(
        0 < one <= other for one, other in zip(found.shape[2:], part.shape[2:], strict=True)))


def shuffled(x: Tensor, parts: int) -> Tensor:
    """x (N, C, …) of `parts` parts of its channels -> the first channel of each part, then the second of each, …

    >>> shuffled(torch.arange(6).view(1, 6), 2).tolist()
    [[0, 3, 1, 4, 2, 5]]
    """
    return x.unflatten(1, (parts, -1)).transpose(1, 2).flatten(1, 2)


def part_of(made: OpenChoice, share: int, alpha: nn.Parameter, relaxer: Relaxer) -> MixedPart:
    """The mixed form of an open choice on one of `share` parts of the channels; NasreidError where there is no such."""
    label = str(made.label)
    if made.family_narrow is None:
        raise NasreidError(f"choice {label!r} cannot run on one of {share} parts of its channels: its candidates have "
                           "no narrow form (choice(…, narrow=…)); expected channels 1")
    try:
        candidates = made.family_narrow(share)
    except (RuntimeError, TypeError, ValueError) as error:  # of layers without channels, as torch says it
        raise NasreidError(f"choice {label!r} cannot run on one of {share} parts of its channels: its narrow form "
                           f"fails, {in_one_line(error)}; expected fewer parts") from error
    names = [str(name) for name in made.names]
    if not isinstance(candidates, Mapping) or list(candidates) != names:
        raise NasreidError(f"narrow of choice {label!r} makes {', '.join(map(str, candidates))}; expected "
                           f"{', '.join(names)}")
    mixed = cast(MixedPart, MixedPart(dict(candidates), alpha, relaxer, label, made.family_mix))  # of NNI
    mixed.pieces = share
    return mixed
