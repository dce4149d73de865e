"""Alphas that learn from what drawn paths lose: the score function, with the mean over paths as its baseline.

A path that ran alone tells its alphas nothing by its gradient but how its scale mattered: where normalisation follows,
next to nothing, and a candidate that does nothing wins by default. Its loss against those of other paths on the same
batch does tell (Williams, Machine Learning 1992, REINFORCE, section 4: a baseline changes no expectation).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nasreid.mutation import Supernet
from nasreid.training.price import Price
from nasreid.waits import sent


def judge(supernet: Supernet, run: Callable[[], Tensor], paths: int, price: Price | None = None) -> Tensor:
    """Draw `paths` paths, run each, and write the gradient of the expected loss into the alphas; returns the mean loss.

    run(): draws the noise of a path and returns its loss (). The gradient of alpha is
    mean over paths of (loss - mean loss) * d log p(candidate drawn) / d alpha, p being the relaxation's probabilities.
    price: what a path costs belongs to its loss, but not to the mean that is returned.
    """
    losses, drawn = [], []
    with torch.no_grad():
        for _ in range(paths):
            losses.append(run())
            drawn.append(supernet.drawn())
    found = torch.stack(losses)  # (S,)
    whole = found if price is None else found + sent(torch.tensor([price.drawn(supernet, path) for path in drawn],
                                                                  dtype=found.dtype), found.device)
    gains = (whole - whole.mean()) / paths
    for label, alpha in supernet.alphas().items():
        chances = supernet.relaxation(label).probabilities(alpha)
        there = [at for at, path in enumerate(drawn) if label in path]  # a decision inside a candidate may not be
        taken = sent(torch.tensor([drawn[at][label] for at in there], dtype=torch.long), alpha.device)
        mine = gains if len(there) == paths else gains[sent(torch.tensor(there, dtype=torch.long), alpha.device)]
        surrogate = (mine.to(chances.dtype) * chances.clamp_min(1e-12).log()[taken]).sum()
        alpha.grad, = torch.autograd.grad(surrogate, alpha)
    return found.mean()
