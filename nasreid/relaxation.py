"""How raw architecture parameters become mixing weights: softmax, Gumbel-softmax, sampled single path."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from nasreid.errors import NasreidError


class Relaxation(ABC):
    """Weights (K,) of one decision from its alpha (K,). Pure: noise comes in as an argument."""

    @abstractmethod
    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        """alpha (K,), noise (K,) -> mixing weights (K,), differentiable in alpha."""

    @abstractmethod
    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        """Noise (K,) of one step."""

    @abstractmethod
    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        """The only candidate that has to run under this noise, or None when all have to."""

    def start(self, candidates: int, generator: torch.Generator) -> Tensor:
        """Raw alpha (K,) before the first step: 1e-3 times a standard normal (DARTS)."""
        return 1e-3 * torch.randn(candidates, generator=generator)


class Softmax(Relaxation):
    """softmax(alpha / temperature): MSINet eq. 1, DARTS."""

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        return torch.softmax(alpha / temperature, dim=-1)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.zeros(candidates)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return None


class GumbelSoftmax(Relaxation):
    """softmax((log softmax(alpha) + Gumbel noise) / temperature), OSNet-AIN eq. 7 and 8.

    hard: one-hot forward, soft gradient (straight through): all candidates run.
    """

    def __init__(self, hard: bool = False):
        self.hard = hard

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        soft = torch.softmax((torch.log_softmax(alpha, dim=-1) + noise) / temperature, dim=-1)
        if not self.hard:
            return soft
        hot = torch.nn.functional.one_hot(soft.argmax(-1), len(soft)).to(soft.dtype)
        return hot + soft - soft.detach()

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        uniform = torch.rand(candidates, generator=generator, dtype=torch.float64)
        return -torch.log(-torch.log(uniform.clamp(1e-12, 1 - 1e-12)))

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return None


class SinglePath(Relaxation):
    """One candidate, drawn with probability softmax(alpha), runs alone: memory and time of one network.

    Its weight is 1 in the forward pass; the gradient of alpha is that of its log-probability times the loss signal
    that reaches the weight (straight through).
    """

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        soft = torch.softmax(alpha / temperature, dim=-1)
        hot = torch.nn.functional.one_hot((torch.log_softmax(alpha, -1) + noise).argmax(-1), len(soft))
        return hot.to(soft.dtype) + soft - soft.detach()

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return GumbelSoftmax().noise(candidates, generator)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int((torch.log_softmax(alpha.double().cpu(), -1) + noise.double().cpu()).argmax())


def relaxation(name: str) -> Relaxation:
    """'softmax', 'gumbel', 'gumbel-hard' or 'single-path' -> Relaxation."""
    known = {"softmax": Softmax(), "gumbel": GumbelSoftmax(), "gumbel-hard": GumbelSoftmax(True),
             "single-path": SinglePath()}
    if name not in known:
        raise NasreidError(f"relaxation {name!r}: expected one of {', '.join(known)}")
    return known[name]
