"""Activation vectors between feature maps, and how well they agree; MSINet, section 3.3.

Memory: products of all positions of all pairs would be (N, N, P, P); here only those of one anchor exist at a time,
and what is kept for the gradient is (N, N, P).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint


def mutual(maps: Tensor, softmax: bool = False) -> Tensor:
    """Eq. 7: maps (N, D, P) -> (N, N, P); entry [i, j] has each position of i against its best position of j."""
    samples = maps.transpose(0, 1).flatten(1)  # (D, N * P)
    return torch.stack([_anchor(anchor, samples, softmax) for anchor in maps])


def strongest(products: Tensor, softmax: bool = False) -> Tensor:
    """The maximum over the last axis, (..., P) -> (...), of the products or of their softmax over it."""
    largest = products.max(-1).values  # unlike amax, keeps indices and not the products
    return (largest - products.logsumexp(-1)).exp() if softmax else largest


def agreement(targets: Tensor, vectors: Tensor, chosen: Tensor) -> Tensor:
    """Mean 1 - cosine of targets (N, P) and the chosen (N, N) vectors (N, N, P), all of unit length; a scalar."""
    chosen = chosen.to(vectors)
    cosines = (targets[:, None, :] * vectors).sum(2)  # (N, N)
    return 1 - ((chosen * cosines).sum(1) / chosen.sum(1)).mean()


def disagreement(vectors: Tensor, chosen: Tensor, self_pairs: bool = False) -> Tensor:
    """Mean 1 - cosine over all pairs of an anchor's chosen (N, N) vectors (N, N, P) of unit length; a scalar.

    An anchor with a single chosen vector has no pair and contributes 0. Sums of cosines are squared lengths of sums,
    so that no (N, N, N) is made.
    """
    chosen = chosen.to(vectors)
    count = chosen.sum(1)
    total = torch.einsum("ijp,ij->ip", vectors, chosen)
    pairs = count.square() if self_pairs else count * (count - 1)
    return ((count.square() - total.square().sum(1)) / pairs.clamp_min(1)).mean()


def _anchor(anchor: Tensor, samples: Tensor, softmax: bool) -> Tensor:
    """One anchor (D, P) against samples (D, N * P) -> (N, P)."""
    # the softmax would keep all products for the gradient: make them again instead
    made = checkpoint(_products, anchor, samples, softmax, use_reentrant=False, preserve_rng_state=False) if softmax \
        else _products(anchor, samples, softmax)
    assert isinstance(made, Tensor)
    return made


def _products(anchor: Tensor, samples: Tensor, softmax: bool) -> Tensor:
    products = (anchor.T @ samples).unflatten(1, (-1, anchor.shape[1]))  # (P, N * P) -> (P, N, P)
    return strongest(products, softmax).T
