"""How raw architecture parameters become mixing weights: softmax, Gumbel-softmax, sampled single path."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from nasreid.errors import NasreidError


class Relaxation(ABC):
    """Weights (K,) of one decision from its alpha (K,). Pure: noise comes in as an argument.

    sampled: the noise is not `noise`, but what NNI's sampler drew: 0 at one candidate, -inf at the others.
    """

    sampled: bool = False

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

    def probabilities(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> probabilities (K,) of the candidates, free of noise and temperature."""
        return torch.softmax(alpha, dim=-1)


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

    hard: one-hot forward, soft gradient (straight through): all candidates run. alone: hard, and only the drawn one
    runs, for the time and memory of one network. The output is the same, the gradient of the alphas is not: it lacks
    what the others' outputs add. Where normalisation follows, the scale of a lone output makes no difference, and the
    alphas get next to no gradient: prefer hard wherever candidates share most of their work (InPlacement(shared=True)).
    """

    def __init__(self, hard: bool = False, alone: bool = False):
        self.hard, self.alone = hard or alone, alone

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        soft = torch.softmax((torch.log_softmax(alpha, dim=-1) + noise) / temperature, dim=-1)
        return _straight_through(soft, _drawn(self.index(alpha.detach(), noise), soft)) if self.hard else soft

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        uniform = torch.rand(candidates, generator=generator, dtype=torch.float64)
        return -torch.log(-torch.log(uniform.clamp(1e-12, 1 - 1e-12)))

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return _strongest(torch.log_softmax(alpha.double().cpu(), -1), noise) if self.alone else None


class GumbelReLU(Relaxation):
    """Gumbel-softmax over probabilities proportional to max(alpha, 0), as the code of OSNet-AIN computes eq. 8.

    alpha starts at one. A candidate whose alpha is not positive has next to no weight and no gradient; where all are
    like that the weights add up to less than 1. hard, alone: as in GumbelSoftmax.
    """

    def __init__(self, hard: bool = False, alone: bool = False):
        self.hard, self.alone = hard or alone, alone

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        scores = (torch.log(alpha.relu() + 1e-12) + noise) / temperature
        top = scores.max().detach()  # changes nothing but the size of what goes through exp
        shares = (scores - top).exp()
        soft = shares / (shares.sum(-1, keepdim=True) + 1e-12 * (-top).exp())
        return _straight_through(soft, _drawn(self.index(alpha.detach(), noise), soft)) if self.hard else soft

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return self.noise_of(torch.rand(candidates, generator=generator, dtype=torch.float64))

    @staticmethod
    def noise_of(uniform: Tensor) -> Tensor:
        """Uniform draws (...,) in [0, 1) -> Gumbel noise (...,)."""
        return -torch.log(-torch.log((uniform + 1e-12).clamp(max=1 - 1e-16)))

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return _strongest(torch.log(alpha.double().cpu().relu() + 1e-12), noise) if self.alone else None

    def start(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.ones(candidates)

    def probabilities(self, alpha: Tensor) -> Tensor:
        shares = alpha.relu() + 1e-12
        return shares / shares.sum(-1, keepdim=True)


class SinglePath(Relaxation):
    """One candidate, drawn with probability softmax(alpha), runs alone: memory and time of one network.

    Its weight is 1 in the forward pass; the gradient of alpha is that of its log-probability times the loss signal
    that reaches the weight (straight through).
    """

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        soft = torch.softmax(alpha / temperature, dim=-1)
        return _straight_through(soft, (torch.log_softmax(alpha, -1) + noise).argmax(-1))

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return GumbelSoftmax().noise(candidates, generator)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return _strongest(torch.log_softmax(alpha.double().cpu(), -1), noise)


class UniformPath(SinglePath):
    """One candidate runs alone as in SinglePath, but every candidate is drawn as often, by NNI's sampler."""

    sampled = True

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.zeros(candidates)


def relaxation(name: str) -> Relaxation:
    """'softmax', 'gumbel(-relu)(-hard(-alone))', 'single-path' or 'single-path-uniform' -> Relaxation."""
    known = {"softmax": Softmax(), "gumbel": GumbelSoftmax(), "gumbel-hard": GumbelSoftmax(True),
             "gumbel-hard-alone": GumbelSoftmax(alone=True), "gumbel-relu": GumbelReLU(),
             "gumbel-relu-hard": GumbelReLU(True), "gumbel-relu-hard-alone": GumbelReLU(alone=True),
             "single-path": SinglePath(), "single-path-uniform": UniformPath()}
    if name not in known:
        raise NasreidError(f"relaxation {name!r}: expected one of {', '.join(known)}")
    return known[name]


def _straight_through(soft: Tensor, index: Tensor | None = None) -> Tensor:
    """One-hot (K,) at `index`, or at the strongest, with the gradient of `soft` (K,)."""
    hot = torch.nn.functional.one_hot(soft.argmax(-1) if index is None else index, len(soft)).to(soft.dtype)
    return hot + soft - soft.detach()


def _strongest(scores: Tensor, noise: Tensor) -> int:
    return int((scores + noise.double().cpu()).argmax())


def _drawn(index: int | None, like: Tensor) -> Tensor | None:
    return None if index is None else torch.tensor(index, device=like.device)
