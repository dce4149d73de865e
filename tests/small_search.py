"""The search of `nasreid.training.search` without files, pictures and Lightning: for laws that try all combinations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from nasreid.batch import Batch
from nasreid.data.frame import infrared
from nasreid.mutation import Supernet, relax
from nasreid.network.network import Network, with_neck
from nasreid.optimisers import WeightOptimiser
from nasreid.space import SearchSpace
from nasreid.strategy import Part, Strategy, Twins
from nasreid.training.engine import Budget
from nasreid.training.named_objectives import Term, exchange
from nasreid.training.search import Search
from nasreid.training.seeding import seeded, step_generator
from nasreid.training.stepper import set_lr

ONCE = Budget(1, 2, 2)
Pictures = Callable[[np.ndarray, int], Tensor]


def people(identities: int = 10, shots: int = 4) -> pd.DataFrame:
    """A training frame: each identity has `shots` visible images of two cameras and as many infrared ones of a third.

    Identities are not numbered from 0, nor one after the other.
    """
    each = pd.DataFrame({"modality": ["visible"] * shots + ["infrared"] * shots,
                         "camera": [1, 2] * (shots // 2) + [1] * (shots % 2) + [3] * shots})
    frames = [each.assign(identity=7 * i + 3) for i in range(identities)]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(path=[f"{row:04d}.jpg" for row in frame.index], split="train", role="")


def noise(height: int = 32, width: int = 16) -> Pictures:
    """Images (n, 3, H, W) of the rows (n,) of a frame, the same in every step."""
    def pictures(rows: np.ndarray, step: int) -> Tensor:
        made = [torch.randn(3, height, width, generator=torch.Generator().manual_seed(int(row))) for row in rows]
        return torch.stack(made)

    return pictures


def search(make: Callable[[], SearchSpace], strategy: Strategy, frame: pd.DataFrame, pictures: Pictures,
           budget: Budget = ONCE, steps: int | None = None, terms: Sequence[Term] | None = None,
           seed: int = 0, lr: float = 0.02) -> tuple[dict[str, str], Supernet, list[dict[str, float]]]:
    """Choices, supernet and what each step logged; pictures(rows, step) gives the images of rows of the frame.

    steps: stop after as many. terms: objectives in place of the strategy's.
    """
    run = Search(budget=budget, optimiser=WeightOptimiser(lr, warmup_epochs=0), seed=seed)
    split = strategy.split(frame, np.random.default_rng(seed))
    with seeded(seed):
        space = make()
        network = with_neck(space, "bnneck")
    supernet = relax(space, strategy.relaxation, seed=seed)
    logs: list[dict[str, float]] = []
    if strategy.trained:
        with seeded(seed):
            twins = strategy.objectives(network.features[0][0], split) if terms is None else exchange(
                network, split, frame["identity"].to_numpy(), terms)
        parts = [part for part in (split.weights, split.architecture) if part is not None]
        start(twins, network, frame, parts, pictures)
        stepper, rates = run._stepper(strategy, network, supernet, twins), run._rates(strategy)
        plan = run._plan(split, infrared(frame))
        for key in [plan.key(step) for step in range(min(len(plan), steps or len(plan)))]:
            for optimiser, rate in zip((stepper.weight_optimiser, stepper.architecture_optimiser), rates(key.epoch),
                                       strict=True):
                set_lr(optimiser, rate)
            batches = [batch(frame, part, rows, pictures, key.index)
                       for part, rows in zip(parts, (key.rows_a, key.rows_b), strict=False)]
            logs.append(stepper.step(*batches, first=key.position == 0, generator=step_generator(seed, key.index),
                                     temperature=strategy.temperature(key.epoch, budget.epochs)))
    return strategy.choose(supernet.probabilities(), np.random.default_rng(seed)), supernet, logs


def batch(frame: pd.DataFrame, part: Part, rows: np.ndarray, pictures: Pictures, step: int) -> Batch:
    """rows (N,) of a part -> their batch."""
    chosen = frame.iloc[part.rows[rows]]
    side = torch.tensor((chosen["modality"] == "infrared").tolist())
    return Batch(pictures(part.rows[rows], step), torch.tensor(part.labels[rows]),
                 torch.tensor(chosen["camera"].tolist()), side if infrared(frame) is not None else None)


@torch.no_grad()
def start(twins: Twins, network: Network, frame: pd.DataFrame, parts: Sequence[Part], pictures: Pictures) -> None:
    """Centroids, for the objectives that begin with them."""
    network.eval()
    for objective, part in zip((twins.weights, twins.architecture), parts, strict=False):
        if objective is not None and objective.needs_start:
            whole = batch(frame, part, np.arange(len(part.rows)), pictures, 0)
            objective.start(network(whole.images, whole.modality).vectors, whole.identities)
