"""A search in memory, on images that a function makes: the laws try every combination with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from nasreid.batch import Batch
from nasreid.data.batches.tensor_set import Images, TensorSet
from nasreid.mutation import Supernet
from nasreid.optimisers import WeightOptimiser
from nasreid.space import SearchSpace
from nasreid.strategy import Part, Strategy
from nasreid.training.engine import Budget, Engine
from nasreid.training.named_objectives import Term
from nasreid.training.search import Search

ONCE = Budget(1, 2, 2)


def search(make: Callable[[], SearchSpace], strategy: Strategy, frame: pd.DataFrame, images: Images,
           budget: Budget = ONCE, steps: int | None = None, terms: Sequence[Term] | None = None,
           seed: int = 0, lr: float = 0.02) -> tuple[dict[str, str], Supernet, list[dict[str, float]]]:
    """Choices, supernet and what each step logged. steps: stop after as many. terms: in place of the strategy's."""
    run = Search(budget=budget, optimiser=WeightOptimiser(lr, warmup_epochs=0), seed=seed, objectives=terms,
                 engine=Engine(device="cpu", quiet=True, channels_last=False))
    found = run.search(frame, images, make, strategy, steps)
    logs = [dict(zip(step["name"], step["value"], strict=True)) for _, step in found.history.metrics.groupby("step")]
    return found.genotype.choices, found.parts.supernet, logs


def batch(frame: pd.DataFrame, part: Part, rows: np.ndarray, images: Images, look: int) -> Batch:
    """rows (N,) of a part -> their batch."""
    return TensorSet(frame.iloc[part.rows], part.labels, images, part.rows).batch(look, rows)
