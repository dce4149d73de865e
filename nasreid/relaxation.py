"""How raw architecture parameters become mixing weights: softmax, Gumbel-softmax, sampled single path."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from nasreid.errors import NasreidError, nearest
from nasreid.plugins import construct, plug_in


class Relaxation(ABC):
    """Weights (K,) of one decision from its alpha (K,). Pure: noise comes in as an argument.

    Law: `weights` and `index` are one draw. Where `index` names a candidate, the weights of the same alpha and noise
    are one-hot there, whatever the temperature; drawn over and over, candidates come by their `odds`.
    """

    @abstractmethod
    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        """alpha (K,), noise (K,) -> mixing weights (K,), differentiable in alpha."""

    @abstractmethod
    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        """Noise (K,) of one step."""

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        """The only candidate that has to run under this noise, or None when all have to."""
        return None

    def reads_alpha(self) -> bool:
        """Whether `index` looks at alpha, for which a GPU is waited before each draw; by default where there is one.

        What follows from the noise alone is known on the CPU.
        """
        return type(self).index is not Relaxation.index

    def start(self, candidates: int, generator: torch.Generator) -> Tensor:
        """Raw alpha (K,) before the first step: 1e-3 times a standard normal (DARTS)."""
        return 1e-3 * torch.randn(candidates, generator=generator)

    def probabilities(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> probabilities (K,) of the candidates, free of noise and temperature."""
        return torch.softmax(alpha, dim=-1)

    def odds(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> how often each candidate is the strongest of a draw, (K,); the probabilities, as a rule."""
        return self.probabilities(alpha)


class Softmax(Relaxation):
    """softmax(alpha / temperature): MSINet eq. 1, DARTS."""

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        return torch.softmax(alpha / temperature, dim=-1)

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return torch.zeros(candidates)


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
        return _straight_through(soft, _strongest(_log_softmax(alpha), noise)) if self.hard else soft

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return _gumbel(candidates, generator)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(_strongest(_log_softmax(alpha), noise)) if self.alone else None

    def reads_alpha(self) -> bool:
        return self.alone


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
        return _straight_through(soft, _strongest(self._scores(alpha), noise)) if self.hard else soft

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return self.noise_of(torch.rand(candidates, generator=generator, dtype=torch.float64))

    @staticmethod
    def noise_of(uniform: Tensor) -> Tensor:
        """Uniform draws (...,) in [0, 1) -> Gumbel noise (...,)."""
        return -torch.log(-torch.log((uniform + 1e-12).clamp(max=1 - 1e-16)))

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(_strongest(self._scores(alpha), noise)) if self.alone else None

    def reads_alpha(self) -> bool:
        return self.alone

    @staticmethod
    def _scores(alpha: Tensor) -> Tensor:
        return torch.log(alpha.detach().double().relu() + 1e-12)

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
        return _straight_through(soft, _strongest(_log_softmax(alpha), noise))

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return _gumbel(candidates, generator)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(_strongest(_log_softmax(alpha), noise))


class UniformPath(Relaxation):
    """One candidate runs alone as in SinglePath, but every candidate is drawn as often, whatever its alpha.

    The noise is 0 at one candidate and -inf at the others.
    """

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        return _straight_through(torch.softmax(alpha / temperature, dim=-1), noise.argmax(-1))

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        # as NNI's sampler draws: a seed for numpy's generator, which chooses
        chance = np.random.RandomState(int(torch.randint(2**32, (), generator=generator)))
        noise = torch.full((candidates,), -torch.inf)
        noise[int(chance.choice(candidates, p=[1 / candidates] * candidates))] = 0
        return noise

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(noise.argmax(-1))

    def reads_alpha(self) -> bool:
        return False

    def odds(self, alpha: Tensor) -> Tensor:
        return torch.full_like(alpha, 1 / len(alpha))


def named(relaxation: str | Relaxation) -> Relaxation:
    """A Relaxation by its name, or itself.

    'softmax', 'gumbel(-relu)(-hard(-alone))', 'single-path', 'single-path-uniform', or that of somebody else:
    package.module:Class or file.py:Class, made without arguments.
    """
    if isinstance(relaxation, Relaxation):
        return relaxation
    if ":" in relaxation:
        return construct(plug_in(relaxation, "relaxations"), {})
    known = {"softmax": Softmax(), "gumbel": GumbelSoftmax(), "gumbel-hard": GumbelSoftmax(True),
             "gumbel-hard-alone": GumbelSoftmax(alone=True), "gumbel-relu": GumbelReLU(),
             "gumbel-relu-hard": GumbelReLU(True), "gumbel-relu-hard-alone": GumbelReLU(alone=True),
             "single-path": SinglePath(), "single-path-uniform": UniformPath()}
    if relaxation not in known:
        raise NasreidError(f"relaxation {relaxation!r}{nearest(relaxation, known)}: expected one of "
                           f"{', '.join(known)}, module:Class or file.py:Class")
    return known[relaxation]


def _straight_through(soft: Tensor, index: Tensor) -> Tensor:
    """One-hot (K,) at `index` (), with the gradient of `soft` (K,)."""
    hot = (torch.arange(len(soft), device=soft.device) == index).to(soft.dtype)  # one_hot would look at the index
    return hot + soft - soft.detach()


def _strongest(scores: Tensor, noise: Tensor) -> Tensor:
    """The candidate () that a draw of noise (K,) on scores (K,) makes the strongest: the one place that decides."""
    return (scores + noise.double()).argmax(-1)


def _log_softmax(alpha: Tensor) -> Tensor:
    return torch.log_softmax(alpha.detach().double(), -1)


def _gumbel(candidates: int, generator: torch.Generator) -> Tensor:
    """-log(-log u) for uniform u, (K,)."""
    uniform = torch.rand(candidates, generator=generator, dtype=torch.float64)
    return -torch.log(-torch.log(uniform.clamp(1e-12, 1 - 1e-12)))
