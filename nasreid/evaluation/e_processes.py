"""Evidence that may be looked at after every seed: e-processes for paired differences.

An e-process is a running product of bets against a null hypothesis that nobody can expect to win: at any time its mean
is at most one under the null. Hence (Ville 1939) P(it ever reaches 1 / alpha) <= alpha, however often one looks and
whenever one stops; see Ramdas et al., "Game-theoretic statistics and safe anytime-valid inference", Statistical Science
2023. A fixed-sample p that is looked at after every seed has no such bound.

`sign` and `symmetry` test where the differences are centred. Both give two one-sided e-processes, `Sides`, as
logarithms along the last axis. What both obey for the same differences, and `evidence.decide` needs: the higher `at`,
the less is `above` and the more is `below`, after every seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaln

MOST = 0.9  # of the stake is bet by `symmetry`, so that one outlier cannot lose it all
STRENGTHS = (0.5, 1.0, 2.0, 4.0)  # bets of `symmetry`, in units of one over the size of the past differences


@dataclass(frozen=True)
class Sides:
    """Natural logarithms (..., n) of two one-sided e-processes, after each of n differences.

    above: against the null "centred at `at` or below"; below: against "centred at `at` or above".
    """

    above: np.ndarray
    below: np.ndarray

    @property
    def either(self) -> np.ndarray:
        """Against "centred at `at`": the mean of the two, (..., n). Where it is 1 / alpha, one side is that, too."""
        return np.logaddexp(self.above, self.below) - np.log(2)


def sign(differences: np.ndarray, at: float = 0.0) -> Sides:
    """Signs of differences (..., n) about `at`, in their unit.

    Null of `above`: whatever came before, P(d > at) <= P(d < at): `at` is a median or more; of `below` the mirror
    image. Nothing is assumed of the distribution, which may be another for each seed. Of k signs + among n the
    likelihood ratio to fair signs is (2p)^k (2 - 2p)^(n - k); p is mixed by a Beta(1/2, 1/2) prior (Krichevsky and
    Trofimov, IEEE Transactions on Information Theory 1981), cut to p > 1/2 for `above`:

        above = 2^(n + 1) B(k + 1/2, n - k + 1/2) / B(1/2, 1/2) I_(1/2)(n - k + 1/2, k + 1/2)

    with the regularised incomplete beta function I. For a p above 1/2 the mean of each factor under the null is
    P(0) + 2p P(+) + (2 - 2p) P(-) <= 1. A difference of `at` itself is no sign and bets nothing (a factor of one, as in
    that mean): n and k count the others.
    """
    differences = np.asarray(differences, dtype=np.float64)
    wins = np.cumsum(differences > at, -1)
    losses = np.cumsum(differences < at, -1)
    with np.errstate(divide="ignore"):  # beyond 1,000 equal signs I underflows: no evidence for the other side
        both = (wins + losses + 1) * np.log(2) + betaln(wins + 0.5, losses + 0.5) - betaln(0.5, 0.5)
        return Sides(both + np.log(betainc(losses + 0.5, wins + 0.5, 0.5)),
                     both + np.log(betainc(wins + 0.5, losses + 0.5, 0.5)))


def symmetry(differences: np.ndarray, at: float = 0.0) -> Sides:
    """Signs and sizes of differences (..., n) about `at`, in their unit: more power than `sign`, for a stronger null.

    Null of `above`: whatever came before, the next difference is symmetric about some centre at or below `at`; of
    `below` the mirror image. Two variants whose runs can be exchanged have differences that are symmetric about 0;
    normal ones, heavy tails and sizes that change from seed to seed are symmetric, too. Skewed differences are not:
    there use `sign`. The bet on difference i > 1 is

        1 + 0.9 tanh(s (d_i - at) / r),   r = root mean square of d_1 ... d_(i - 1),

    and 1 + 0.9 tanh(s) sign(d_1 - at) on the first; its mean is at most one, since tanh is odd and rises and r is known
    before. `above` is the mean of the products over four strengths s, `below` that of the mirrored bets. 1 + tanh is
    exp(x) / cosh(x), the likelihood ratio of a normal difference among symmetric ones given its size (compare de la
    Peña, Annals of Probability 1999; Ramdas et al., "Admissible anytime-valid sequential inference must rely on
    nonnegative martingales", 2020). The order of the differences matters: it must not depend on them (take that of the
    seeds).
    """
    differences = np.asarray(differences, dtype=np.float64)
    gaps = differences - at
    moved = np.sign(gaps)  # the first difference, with no size before it
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # tanh ends at one anyhow
        size = np.sqrt(np.cumsum(np.square(differences), -1) / np.arange(1, differences.shape[-1] + 1))
        moved[..., 1:] = gaps[..., 1:] / size[..., :-1]
    moved = np.where(gaps == 0, 0.0, moved)  # no bet, where the size is 0 as well
    bets = [MOST * np.tanh(strength * moved) for strength in STRENGTHS]
    return Sides(_mixed(bets), _mixed([-bet for bet in bets]))


def _mixed(bets: list[np.ndarray]) -> np.ndarray:
    """Logarithm of the mean of the products of 1 + bet."""
    products = np.array([np.cumsum(np.log1p(bet), -1) for bet in bets])
    return np.logaddexp.reduce(products, 0) - np.log(len(bets))


RULES: Mapping[str, Callable[[np.ndarray, float], Sides]] = {"sign": sign, "symmetry": symmetry}
