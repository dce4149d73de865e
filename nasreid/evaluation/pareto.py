"""Two aims at once, a high score and a low cost: which architectures nothing beats in both."""

from __future__ import annotations

import numpy as np


def front(scores: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """scores (A,), costs (A,) -> whether nothing is as good in both and better in one, (A,) bool; of equals the first.

    >>> front(np.array([1.0, 3.0, 2.0, 3.0]), np.array([1.0, 5.0, 6.0, 5.0])).tolist()
    [True, True, False, False]
    """
    order = np.lexsort((-scores, costs))  # cheapest first; of equally cheap ones the best; stable, so equals in order
    best = np.maximum.accumulate(scores[order])
    before = np.concatenate([[-np.inf], best[:-1]])
    found = np.zeros(len(scores), bool)
    found[order] = scores[order] > before
    return found


def hypervolume(scores: np.ndarray, costs: np.ndarray, cost: float, score: float = 0.0) -> float:
    """Area that the front covers between it and the point (cost, score) (Zitzler and Thiele, IEEE TEVC 1999).

    scores (A,), costs (A,); what is worse than the point in either adds nothing.

    >>> hypervolume(np.array([1.0, 3.0]), np.array([1.0, 2.0]), cost=4.0)
    7.0
    """
    inside = (costs < cost) & (scores > score)
    scores, costs = scores[inside], costs[inside]
    kept = front(scores, costs)
    order = np.argsort(costs[kept])
    high, left = scores[kept][order] - score, costs[kept][order]
    return float(np.sum(high * (np.append(left[1:], cost) - left)))
