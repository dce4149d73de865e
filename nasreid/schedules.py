"""Learning rates as pure functions of the epoch, which counts from 0."""

import math
from collections.abc import Sequence

from nasreid.errors import NasreidError


def warmup(epoch: int, epochs: int, factor: float = 0.01) -> float:
    """Linear rise of a multiplier from `factor` in epoch 0 to 1 in epoch `epochs`.

    >>> [warmup(epoch, epochs=4, factor=0.2) for epoch in (0, 2, 4, 9)]
    [0.2, 0.6, 1.0, 1.0]
    """
    if not 0 < factor <= 1:
        raise NasreidError(f"warm-up: factor={factor}; expected a number above 0 and up to 1")
    if epoch >= epochs:
        return 1.0
    done = epoch / epochs
    return factor * (1 - done) + done


def multistep(
    base: float,
    epoch: int,
    milestones: Sequence[int],
    gamma: float = 0.1,
    warmup_epochs: int = 0,
    warmup_factor: float = 0.01,
) -> float:
    """`base` times `gamma` for every milestone that `epoch` has reached; MSINet, implementation details.

    >>> [multistep(1.0, epoch, milestones=(2, 4), gamma=0.5) for epoch in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    reached = sum(epoch >= milestone for milestone in milestones)
    return base * warmup(epoch, warmup_epochs, warmup_factor) * gamma**reached


def cosine(
    base: float, epoch: int, epochs: int, final: float = 0.0, warmup_epochs: int = 0, warmup_factor: float = 0.01
) -> float:
    """Half a cosine from `base` in epoch 0 towards `final` in epoch `epochs`; OSNet-AIN, implementation details.

    >>> [round(cosine(1.0, epoch, epochs=4), 3) for epoch in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    if epochs < 1:
        raise NasreidError(f"cosine: epochs={epochs}; expected at least 1")
    decay = (1 + math.cos(math.pi * min(epoch, epochs) / epochs)) / 2
    return (final + (base - final) * decay) * warmup(epoch, warmup_epochs, warmup_factor)
