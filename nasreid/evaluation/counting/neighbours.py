"""The nearest neighbours of every image among all: float32 products find candidates, float64 distances order them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nasreid.evaluation.counting.pairs import Pairs
from nasreid.evaluation.counting.places import full_float32

ROWS = 256  # images at a time
MORE = 4  # candidates beyond those that are wanted


@dataclass(frozen=True)
class Neighbours:
    """rank (N, K) int64: the nearest images, itself included; farthest (N,): squared distance to the farthest one."""

    rank: np.ndarray
    farthest: np.ndarray


def neighbours(pairs: Pairs, wanted: int) -> Neighbours:
    """The `wanted` nearest of each of N images, which are query and gallery of `pairs`: by distance, then position."""
    count = len(pairs.gallery.values)
    wanted, taken = min(wanted, count), min(wanted + MORE, count)
    scaled = pairs.gallery.scaled(slice(None), pairs.by)
    ranks, farthest = [], []
    with full_float32():
        for start in range(0, count, ROWS):
            part = scaled[start : start + ROWS]
            out = part.new_empty(len(part), count)
            products = pairs.product(-part, scaled, slice(None), out)
            rows = torch.arange(start, start + len(part), device=part.device)
            ranks.append(_exact(pairs, rows, *products.topk(taken, largest=False), wanted))
            farthest.append(pairs.distances(rows, products.argmax(1)))
    return Neighbours(torch.cat(ranks).cpu().numpy(), torch.cat(farthest).clamp_min(1e-30).cpu().numpy())


def _exact(pairs: Pairs, rows: Tensor, values: Tensor, index: Tensor, wanted: int) -> Tensor:
    """The wanted ones of the candidates (B, C), whose products `values` may be off by the margin of float32."""
    index = index.sort(1)[0]
    distance = pairs.distances(rows.repeat_interleave(index.shape[1]), index.view(-1)).view(index.shape)
    distance, order = distance.sort(dim=1, stable=True)
    found = index.gather(1, order)[:, :wanted]
    if index.shape[1] == len(pairs.gallery.values):
        return found
    # somebody who is no candidate may be as near as the last wanted one
    level, margin = pairs.levels(rows, distance[:, wanted - 1])
    for row in (values.amax(1).double() <= level + margin).nonzero()[:, 0].tolist():
        every = torch.arange(len(pairs.gallery.values), device=rows.device)
        found[row] = pairs.distances(rows[row].expand(len(every)), every).argsort(stable=True)[:wanted]
    return found
