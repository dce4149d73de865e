"""Moments of maps, and what reaches the maps through them, block by block."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.spaces.map_blocks import Blocks, shaped


def moments(blocks: Blocks, x: Tensor, u: Tensor | None) -> Tensor:
    """Mean and biased variance (2, N, C) of x, and those of u and the covariance (5, N, C).

    Maps are as `Blocks.view` gives them.
    """
    maps = [x] if u is None else [x, u]
    made = torch.zeros(2 if u is None else 5, *blocks.shape[:2], dtype=blocks.exact, device=x.device)
    for row, whole in enumerate(maps):
        made[2 * row] = whole.sum(blocks.dim, dtype=blocks.exact) / blocks.positions
    room = blocks.scratch(3)
    for block in blocks.all:
        means, here = blocks.over(block, made), blocks.place(block, made)
        centred, products = shaped(room[:2], x[block]), shaped(room[2], x[block])
        for row, whole in enumerate(maps):
            torch.sub(whole[block].to(blocks.exact), means[2 * row], out=centred[row])
            here[2 * row + 1] += torch.mul(centred[row], centred[row], out=products).sum(blocks.dim)
        if u is not None:
            here[4] += torch.mul(centred[0], centred[1], out=products).sum(blocks.dim)
    made[1] /= blocks.positions
    made[3:] /= blocks.positions
    return made


def through_moments(blocks: Blocks, found: Tensor, gradient: Tensor, x: Tensor, u: Tensor, to_x: Tensor,
                    to_u: Tensor) -> None:
    """Add what reaches x and u through their moments `found`, given what reaches those."""
    g, to = gradient / blocks.positions, [to_x]
    rows = [(2 * g[1], None, g[0] - 2 * g[1] * found[0])]
    if len(found) > 2:
        to.append(to_u)
        rows = [(2 * g[1], g[4], g[0] - 2 * g[1] * found[0] - g[4] * found[2]),
                (g[4], 2 * g[3], g[2] - 2 * g[3] * found[2] - g[4] * found[0])]
    for block in blocks.all:
        for target, (of_x, of_u, constant) in zip(to, rows, strict=True):
            part = target[block]
            part.addcmul_(x[block].to(blocks.exact), blocks.over(block, of_x)).add_(blocks.over(block, constant))
            if of_u is not None:
                part.addcmul_(u[block].to(blocks.exact), blocks.over(block, of_u))
