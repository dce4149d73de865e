"""GDAS: one candidate drawn and run alone, its weight the peak of a Gumbel-softmax (Dong and Yang, CVPR 2019)."""

from __future__ import annotations

import torch
from torch import Tensor

from nasreid.errors import NasreidError
from nasreid.relaxation import GumbelSoftmax, Relaxation


class GDAS(Relaxation):
    """The candidate that Gumbel noise makes the strongest runs alone, with the gradient of the soft weights (eq. 3-6).

    temperature, last: falls linearly from the first epoch to the last one (section 4.1: 10 to 0.1). A lone candidate
    tells the alphas little by its gradient where normalisation follows, as in GumbelSoftmax: in a short search let them
    move by the losses of several paths (`architecture_paths: 8`, ArchitectureOptimiser).
    """

    alone = True

    def __init__(self, temperature: float = 10.0, last: float = 0.1):
        for name, value in (("temperature", temperature), ("last", last)):
            if not value > 0:
                raise NasreidError(f"{name} is {value}; expected a number above 0")
        self.first, self.last = temperature, last
        self.draw = GumbelSoftmax(alone=True)

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        return self.draw.weights(alpha, noise, temperature)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return self.draw.noise(candidates, generator)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return self.draw.index(alpha, noise)

    def temperature(self, epoch: int, epochs: int) -> float:
        return self.first + (self.last - self.first) * epoch / max(1, epochs - 1)
