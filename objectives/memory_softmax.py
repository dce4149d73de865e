"""Cross-entropy against a great many fixed rows, without their logits in memory: block by block, in one pass."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

LOGITS = 2**20  # so many logits are there at once


def cross_entropy(vectors: Tensor, rows: Tensor, identities: Tensor, temperature: float) -> Tensor:
    """Mean over the batch of -log softmax(vectors rows^T / temperature)[identities], a scalar.

    vectors (N, D), rows (C, D) without gradient, identities (N,). The gradient of a vector is the softmax-weighted mean
    of the rows less its own, over temperature: it is summed along with the denominator, so that nothing of size C
    outlives its block and nothing is computed twice.
    """
    return cast(Tensor, _CrossEntropy.apply(vectors, rows, identities, temperature))


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, vectors: Tensor, rows: Tensor, identities: Tensor, temperature: float) -> Tensor:
        with torch.autocast(vectors.device.type, enabled=False):
            own, queries = rows[identities], vectors / temperature
            log_sum, mean = softmax(queries, rows, ctx.needs_input_grad[0])
            loss = (log_sum - (queries * own).sum(1)).mean()
        if mean is not None:
            ctx.save_for_backward((mean - own) / (temperature * len(vectors)))
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        return gradients[0] * ctx.saved_tensors[0], None, None, None


def softmax(queries: Tensor, rows: Tensor, mean: bool) -> tuple[Tensor, Tensor | None]:
    """Log of the denominator (N,) and, if asked for, the mean row (N, D)."""
    top = queries.new_full((len(queries), 1), -torch.inf)
    total, weighted = torch.zeros_like(top), torch.zeros_like(queries) if mean else None
    for block in rows.split(max(1, LOGITS // max(1, len(queries)))):
        logits = queries @ block.T  # (N, rows of the block)
        # relative to the largest so far, exp stays in range
        higher = torch.maximum(top, logits.amax(1, keepdim=True))
        shares, shrink = logits.sub_(higher).exp_(), (top - higher).exp()
        total = total * shrink + shares.sum(1, keepdim=True)
        if weighted is not None:
            weighted = torch.addmm(weighted.mul_(shrink), shares, block)
        top = higher
    return (top + total.log()).squeeze(1), None if weighted is None else weighted / total
