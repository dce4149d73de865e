"""How raw architecture parameters become mixing weights: what a relaxation is, and the plainest ones.

Others are in `nasreid.strategies`, one file each; all are named as every other plug-in (`named`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from nasreid.arguments import Options
from nasreid.errors import NasreidError
from nasreid.plugins import construct, plug_in


@dataclass(frozen=True)
class Turn:
    """Which draw this is: the number-th, from 0, of those of a run and a kind that `entropy` tells from all others."""

    entropy: tuple[int, ...]
    number: int

    def whose(self, candidates: int, place: int) -> int:
        """Whose turn it is: each cycle of K draws, from a multiple of K on, has every one of K candidates once.

        The order is another in every cycle, and at every place (of a decision among all).
        """
        cycle, at = divmod(self.number, candidates)
        return int(np.random.default_rng([*self.entropy, place, cycle]).permutation(candidates)[at])


class Relaxation(ABC):
    """Weights (K,) of one decision from its alpha (K,). Pure: noise comes in as an argument.

    Law: `weights`, `index` and `running` are one draw. Where `index` names a candidate, the weights of the same alpha
    and noise are one-hot there, whatever the temperature; what is not `running` has weight 0; drawn over and over,
    candidates come by their `odds`.

    total: what the weights of a decision of many candidates sum to; None: each is between 0 and 1 for itself. alone:
    whether `index` names a candidate.
    """

    total: int | None = 1
    alone: bool = False

    @abstractmethod
    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        """alpha (K,), noise (K,) -> mixing weights (K,), differentiable in alpha."""

    @abstractmethod
    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        """Noise (K,) of one step."""

    def in_turn(self, candidates: int, place: int, turn: Turn) -> Tensor | None:
        """Noise (K,) of a draw where it follows from which draw it is (`Turn`), and not from chance; None: it does not.
        """
        return None

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        """The only candidate that has to run under this noise, or None when all have to."""
        return None

    def running(self, alpha: Tensor, noise: Tensor) -> list[int] | None:
        """The candidates that have to run under this noise, in their order, or None when all have to."""
        index = self.index(alpha, noise)
        return None if index is None else [index]

    def reads_alpha(self) -> bool:
        """Whether `index` or `running` looks at alpha, for which a GPU is waited before each draw; by default where
        there is one of them.

        What follows from the noise alone is known on the CPU.
        """
        return type(self).index is not Relaxation.index or type(self).running is not Relaxation.running

    def start(self, candidates: int, generator: torch.Generator) -> Tensor:
        """Raw alpha (K,) before the first step: 1e-3 times a standard normal (DARTS)."""
        return 1e-3 * torch.randn(candidates, generator=generator)

    def probabilities(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> probabilities (K,) of the candidates, free of noise and temperature."""
        return torch.softmax(alpha, dim=-1)

    def plain(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> the weights (K,) of a draw without noise, with which a supernet is evaluated: the same scale as
        in training, of which BatchNorm has its statistics."""
        return self.probabilities(alpha)

    def odds(self, alpha: Tensor) -> Tensor:
        """alpha (K,) -> how often each candidate is the strongest of a draw, (K,); the probabilities, as a rule."""
        return self.probabilities(alpha)

    def temperature(self, epoch: int, epochs: int) -> float:
        """Temperature in an epoch (0-based) of `epochs`, where the strategy has no schedule of its own."""
        return 1.0

    def penalty(self, alphas: Tensor) -> Tensor | None:
        """alphas (A,) of all decisions -> what the loss that moves them is larger by, (), or None for nothing."""
        return None


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
        return straight_through(soft, drawn(alpha, noise)) if self.hard else soft

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return gumbel(candidates, generator)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(strongest(log_probabilities(alpha), noise)) if self.alone else None

    def reads_alpha(self) -> bool:
        return self.alone


class SinglePath(Relaxation):
    """One candidate, drawn with probability softmax(alpha), runs alone: memory and time of one network.

    Its weight is 1 in the forward pass; the gradient of alpha is that of its log-probability times the loss signal
    that reaches the weight (straight through).
    """

    alone = True

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        soft = torch.softmax(alpha / temperature, dim=-1)
        return straight_through(soft, drawn(alpha, noise))

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        return gumbel(candidates, generator)

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(strongest(log_probabilities(alpha), noise))


class UniformPath(Relaxation):
    """One candidate runs alone as in SinglePath, but every candidate is drawn as often, whatever its alpha.

    The noise is 0 at one candidate and -inf at the others. fair: the draws of a run take the candidates of each
    decision in turn, in an order that is drawn anew for every cycle: of K draws in a row, from a multiple of K on, each
    of K candidates runs in exactly one (strict fairness; Chu et al., FairNAS, ICCV 2021). Of a decision inside a
    candidate that holds for what is drawn; it runs where the candidate around it does.
    """

    alone = True

    def __init__(self, fair: bool = False):
        self.fair = fair

    def weights(self, alpha: Tensor, noise: Tensor, temperature: float) -> Tensor:
        return straight_through(torch.softmax(alpha / temperature, dim=-1), one_hot(noise.argmax(-1), alpha))

    def noise(self, candidates: int, generator: torch.Generator) -> Tensor:
        # as NNI's sampler draws: a seed for numpy's generator, which chooses
        chance = np.random.RandomState(int(torch.randint(2**32, (), generator=generator)))
        return self._only(candidates, int(chance.choice(candidates, p=[1 / candidates] * candidates)))

    def in_turn(self, candidates: int, place: int, turn: Turn) -> Tensor | None:
        return self._only(candidates, turn.whose(candidates, place)) if self.fair else None

    @staticmethod
    def _only(candidates: int, index: int) -> Tensor:
        noise = torch.full((candidates,), -torch.inf)
        noise[index] = 0
        return noise

    def index(self, alpha: Tensor, noise: Tensor) -> int | None:
        return int(noise.argmax(-1))

    def reads_alpha(self) -> bool:
        return False

    def odds(self, alpha: Tensor) -> Tensor:
        return torch.full_like(alpha, 1 / len(alpha))


def named(relaxation: str | Relaxation, arguments: Options | None = None) -> Relaxation:
    """A Relaxation by its name, as every plug-in has one, with the arguments of its constructor; or itself.

    >>> named("GumbelSoftmax", {"hard": True}).hard
    True
    """
    if isinstance(relaxation, str):
        return construct(plug_in(relaxation, "relaxations"), arguments or {})
    if arguments:
        raise NasreidError(f"relaxation {type(relaxation).__name__} is made already; expected no arguments of it, got "
                           f"{', '.join(arguments)}")
    return relaxation


def straight_through(soft: Tensor, hot: Tensor) -> Tensor:
    """`hot` (K,), ones and zeros, with the gradient of `soft` (K,) (Bengio et al., arXiv 1308.3432)."""
    return hot + soft - soft.detach()


def one_hot(index: Tensor, like: Tensor) -> Tensor:
    """1 at `index` () and 0 elsewhere, (K,) as `like`."""
    return (torch.arange(len(like), device=like.device) == index).to(like.dtype)  # torch's own looks at the index


def strongest(scores: Tensor, noise: Tensor) -> Tensor:
    """The candidate () that a draw of noise (K,) on scores (K,) makes the strongest: the one place that decides."""
    return (scores + noise.double()).argmax(-1)


def drawn(alpha: Tensor, noise: Tensor) -> Tensor:
    """The candidate that Gumbel noise (K,) draws with probability softmax(alpha (K,)), one-hot (K,)."""
    return one_hot(strongest(log_probabilities(alpha), noise), alpha)


def log_probabilities(alpha: Tensor) -> Tensor:
    """log softmax(alpha), (K,), in float64 and without a gradient."""
    return torch.log_softmax(alpha.detach().double(), -1)


def gumbel(candidates: int, generator: torch.Generator) -> Tensor:
    """-log(-log u) for uniform u, (K,)."""
    uniform = torch.rand(candidates, generator=generator, dtype=torch.float64)
    return -torch.log(-torch.log(uniform.clamp(1e-12, 1 - 1e-12)))
