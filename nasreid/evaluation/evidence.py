"""Decisions between two variants that stay valid when one looks after every seed, and stops when it is decided.

Share of comparisons that have been decided within so many seeds, in per cent (`history` at alpha 0.05 and one pair;
normal paired differences, whose mean and the margin are in their standard deviations; 40,000 simulated):

    rule      mean  margin  verdict    8   10   20   40
    sign       0.5       0  better     7    7   18   38
    sign         1       0  better    30   30   70   97
    sign         2       0  better    85   85  100  100
    sign         0       1  equal     10   10   51   96
    sign         0       2  equal     76   76  100  100
    symmetry   0.5       0  better     6   10   28   58
    symmetry     1       0  better    27   42   88  100
    symmetry     2       0  better    87   96  100  100
    symmetry     0       1  equal     15   26   83  100
    symmetry     0       2  equal     88   97  100  100

The sign e-value can reach 20 (one pair at 0.05) with 7 seeds at the least and 40 (two pairs) with 8, all of one sign;
20 with one exception takes 12 seeds, with two 16, with three 19. By symmetry the least are 6 and 7. "Equal" takes
one seed less, as its e-values are one-sided. With fewer seeds no result whatever decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasreid.errors import NasreidError, one_of
from nasreid.evaluation.e_processes import RULES, Sides, sign
from nasreid.evaluation.inputs import check_margin, numbers

BETTER, WORSE, EQUAL, UNDECIDED = "better", "worse", "equal", "undecided"


@dataclass(frozen=True)
class Decision:
    """What n differences say.

    verdict: "better", "worse", "equal" or "undecided". wins, losses: differences above and below 0. e: the two-sided
    e-value against "no difference"; e_equal: the e-value against "at least the margin apart", 0 without a margin. Each
    decides where it reaches `threshold`, the number of pairs over alpha.
    """

    verdict: str
    n: int
    wins: int
    losses: int
    e: float
    e_equal: float
    threshold: float

    def words(self) -> str:
        """One line for people."""
        return (f"{self.verdict} after {self.n} seeds ({self.wins} won, {self.losses} lost): e = {self.e:.3g} against "
                f"no difference, {self.e_equal:.3g} against one that matters; {self.threshold:.3g} decides")


def sign_e_value(differences: npt.ArrayLike) -> float:
    """Two-sided e-value of the signs of paired differences (n,).

    With k of n signs positive it is 2^n B(k + 1/2, n - k + 1/2) / B(1/2, 1/2): the likelihood of the signs, mixed over
    p by a Beta(1/2, 1/2) prior (Krichevsky and Trofimov 1981), over that of fair ones. Null: whatever came before, a
    positive sign is as likely as a negative one. A difference of zero carries no sign and is not in n: it bets nothing,
    and the product of the other bets has mean one whether ties are frequent or not.

    >>> [round(sign_e_value([1.0] * n), 1) for n in (6, 7, 8)]
    [14.4, 26.8, 50.3]
    """
    return _last(sign(numbers(differences, "differences", 1)).either)


def history(differences: npt.ArrayLike, margin: float = 0.0, alpha: float = 0.05, pairs: int = 1,
            by: str = "sign") -> np.ndarray:
    """The verdict after each difference, (..., n) of text, for many comparisons at once; see `decide`."""
    values, needed = numbers(differences, "differences"), np.log(_threshold(margin, alpha, pairs))
    zero, equal = _processes(values, margin, by)
    apart = zero.either >= needed
    return np.where(equal >= needed, EQUAL,
                    np.where(apart & (zero.above > zero.below), BETTER, np.where(apart, WORSE, UNDECIDED)))


def decide(differences: npt.ArrayLike, margin: float = 0.0, alpha: float = 0.05, pairs: int = 1,
           by: str = "sign") -> Decision:
    """Variant minus reference on n common seeds, (n,), in the order of the seeds: better, worse or equal?

    by: "sign", about the median of the differences (the variant wins more often than it loses), or "symmetry", about
    the centre of symmetric ones; `e_processes` has the nulls. margin: the smallest difference that matters, in the unit
    of the differences. pairs: how many comparisons are made in all (Bonferroni). All of them are fixed before the first
    look.

    "equal" comes first, where margin > 0 and both one-sided nulls, "centre >= margin" and "centre <= -margin", are
    rejected by one-sided e-values of pairs / alpha (the smaller is e_equal): whoever gives a margin wants to hear that
    a difference is below it, even if it is not zero. Then "better" or "worse", where the two-sided e-value of the
    differences reaches pairs / alpha, in the direction of its larger side.

    The probability that one ever sees a wrong verdict in any of the pairs, however often one looks, is at most alpha.
    Wrong is "better" when the centre is at or below 0, "worse" when it is at or above, "equal" when it is the margin or
    more away. For one pair and m = pairs / alpha:
      - centre 0: "better" and "worse" are wrong, both need the two-sided e-process to reach m (Ville). "equal" is true.
      - centre in (0, margin): only "worse" is wrong. It needs `below` at 0 to reach m, as the mean of two sides is at
        most the larger one, and the null of `below` holds at 0.
      - centre >= margin: "worse" and "equal" are wrong. Both need `below` at the margin to reach m: "equal" by its
        definition, "worse" since that side is never less than `below` at 0 (see `e_processes`). So the union of the two
        has the probability of one event, at most 1 / m, and no correction for making three tests is needed.
      - the mirror images for negative centres. The union over the pairs is at most pairs * 1 / m = alpha, whatever
        depends on whatever (all share the reference).
    Which verdict comes first when two hold therefore costs nothing, and a pair that was decided may be left at that;
    with more seeds a verdict may fall back to "undecided".
    """
    values, threshold = numbers(differences, "differences", 1), _threshold(margin, alpha, pairs)
    zero, equal = _processes(values, margin, by)
    verdicts = history(values, margin, alpha, pairs, by)
    return Decision(str(verdicts[-1]) if len(values) else UNDECIDED, len(values), int((values > 0).sum()),
                    int((values < 0).sum()), _last(zero.either), _last(equal) if margin > 0 else 0.0, threshold)


def undecided(differences: Mapping[str, npt.ArrayLike], margin: float = 0.0, alpha: float = 0.05,
              pairs: int | None = None, by: str = "sign") -> list[str]:
    """The variants whose differences to the reference, {variant: (n,)}, still need seeds, in their order.

    pairs: all that are compared, also those that were decided before and are left out here; without it, as many as
    there are. Each may have its own number of seeds.
    """
    pairs = len(differences) if pairs is None else pairs
    if pairs < len(differences):
        raise NasreidError(f"pairs {pairs}: expected at least the {len(differences)} that are given")
    named = {variant: numbers(values, f"variant {variant!r}, differences", 1)
             for variant, values in differences.items()}
    return [variant for variant, values in named.items()
            if decide(values, margin, alpha, pairs, by).verdict == UNDECIDED]


def _threshold(margin: float, alpha: float, pairs: int) -> float:
    check_margin(margin)
    if not 0 < alpha < 1:
        raise NasreidError(f"alpha {alpha}: expected a probability of error between 0 and 1, such as 0.05")
    if pairs < 1:
        raise NasreidError(f"pairs {pairs}: expected at least 1")
    return pairs / alpha


def _processes(values: np.ndarray, margin: float, by: str) -> tuple[Sides, np.ndarray]:
    """Of the null "centre 0", and the logarithm of the smaller e-value against "at least the margin apart".

    Without a margin nothing is less apart than that: its e-value is 0.
    """
    if by not in RULES:
        raise NasreidError(f"by {one_of(by, RULES)}")
    rule = RULES[by]
    zero = rule(values, 0.0)
    if margin == 0:
        return zero, np.full_like(zero.above, -np.inf)
    return zero, np.minimum(rule(values, margin).below, rule(values, -margin).above)


def _last(logarithms: np.ndarray) -> float:
    """The e-value after all differences: 1 where there are none."""
    with np.errstate(over="ignore"):
        return float(np.exp(logarithms[-1])) if len(logarithms) else 1.0
