"""Decisions hold their error rate however often one looks, and have the power that their table promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import beta

from nasreid.errors import NasreidError
from nasreid.evaluation import evidence
from nasreid.evaluation.e_processes import RULES
from nasreid.evaluation.evidence import decide, history, sign_e_value, undecided

samples = st.lists(st.floats(-20, 20).map(lambda value: round(value, 1)), min_size=1, max_size=25).map(np.array)
rules = st.sampled_from(list(RULES))
POWER = [line.split() for line in (evidence.__doc__ or "").splitlines() if line.strip().startswith(tuple(RULES))]
SEEDS = (8, 10, 20, 40)

NULLS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "two degrees of freedom": lambda rng, shape: rng.standard_t(2, shape),
    "cauchy": lambda rng, shape: rng.standard_cauchy(shape),
    "another spread for each seed": lambda rng, shape: rng.normal(size=shape) * rng.lognormal(0, 2, shape),
    "often tied": lambda rng, shape: np.round(rng.normal(0, 0.7, shape)),
}


def ever(verdicts: np.ndarray, *these: str) -> float:
    """Share of comparisons (m, n) that see one of these verdicts."""
    return float(np.isin(verdicts, these).any(1).mean())


@pytest.mark.parametrize("name", NULLS)
@pytest.mark.parametrize("by", RULES)
def test_equal_variants_are_told_apart_in_at_most_5_of_100_comparisons(by, name):
    differences = NULLS[name](np.random.default_rng(0), (1000, 60))
    assert ever(history(differences, by=by), "better", "worse") <= 0.05
    assert ever(history(differences, margin=0.5, by=by), "better", "worse") <= 0.05


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize("name", ["normal", "two degrees of freedom", "another spread for each seed"])
@pytest.mark.parametrize("by", RULES)
def test_a_difference_of_the_margin_is_called_equal_or_the_reverse_in_at_most_5_of_100(by, name, way):
    differences = way * (1 + NULLS[name](np.random.default_rng(1), (1000, 60)))
    assert ever(history(differences, margin=1.0, by=by), "equal", "worse" if way > 0 else "better") <= 0.05


def test_signs_hold_under_skew_where_the_median_is_null():
    differences = np.random.default_rng(2).lognormal(0, 2, (1000, 60)) - 1  # the mean is 6.4
    assert ever(history(differences), "better", "worse") <= 0.05


def test_no_pair_of_ten_is_wrong_in_95_of_100_comparisons():
    """All share their reference: Bonferroni asks for no independence."""
    rng = np.random.default_rng(3)
    runs, reference = rng.normal(size=(500, 10, 30)), rng.normal(size=(500, 1, 30))
    for by in RULES:
        verdicts = history(runs - reference, pairs=10, by=by)
        assert ever(verdicts.reshape(500, -1), "better", "worse") <= 0.05


@pytest.mark.parametrize(("by", "mean", "margin", "verdict", "shares"), [(*row[:4], row[4:]) for row in POWER])
def test_the_power_is_that_of_the_table(by, mean, margin, verdict, shares):
    differences = np.random.default_rng(4).normal(float(mean), 1, (2000, 40))
    verdicts = history(differences, float(margin), by=by)
    found = [100 * ever(verdicts[:, :n], verdict) for n in SEEDS]
    assert found == pytest.approx([float(share) for share in shares], abs=4)


def test_the_table_has_differences_of_half_one_and_two_sd_by_both_rules():
    assert {tuple(row[:4]) for row in POWER} >= {(by, mean, "0", "better")
                                                 for by in RULES for mean in ("0.5", "1", "2")}


@pytest.mark.parametrize(("pairs", "least"), [(1, 7), (2, 8)])
def test_the_least_seeds_are_those_of_the_docstring(pairs, least):
    verdicts = history(np.ones(12), pairs=pairs)
    assert verdicts.tolist() == ["undecided"] * (least - 1) + ["better"] * (13 - least)
    equal = history(np.full(12, 1e-6), margin=1.0, pairs=pairs)
    assert equal.tolist()[: least - 1] == ["undecided"] * (least - 2) + ["equal"]
    growing = 10.0 ** np.arange(12)
    assert history(growing, pairs=pairs, by="symmetry").tolist().index("better") == least - 2
    assert history(1 / growing, margin=10.0, pairs=pairs, by="symmetry").tolist().index("equal") == least - 3


@pytest.mark.parametrize(("losses", "seeds"), [(1, 12), (2, 16), (3, 19)])
def test_so_many_exceptions_take_so_many_seeds(losses, seeds):
    for n, expected in ((seeds - 1, "undecided"), (seeds, "better")):
        assert decide([-1.0] * losses + [1.0] * (n - losses)).verdict == expected


@given(samples)
def test_the_sign_e_value_is_its_formula(differences):
    k, n = int((differences > 0).sum()), int((differences != 0).sum())
    expected = 2.0**n * beta(k + 0.5, n - k + 0.5) / beta(0.5, 0.5)
    assert sign_e_value(differences) == pytest.approx(expected)
    assert decide(differences).e == pytest.approx(expected)


def test_nothing_seen_is_no_evidence():
    assert sign_e_value([]) == 1
    found = decide([], margin=1.0)
    assert (found.verdict, found.n, found.e, found.e_equal, found.threshold) == ("undecided", 0, 1, 1, 20)
    assert decide([]).e_equal == 0


def test_very_much_evidence_is_still_a_number():
    assert decide(np.ones(5000)).verdict == "better"
    assert decide(np.ones(5000)).e == np.inf


@given(rules, samples, st.floats(0, 5), st.integers(1, 4))
def test_the_decision_is_the_last_of_its_history_and_says_why(by, differences, margin, pairs):
    found = decide(differences, margin, pairs=pairs, by=by)
    assert found.verdict == history(differences, margin, pairs=pairs, by=by)[-1]
    assert (found.n, found.threshold) == (len(differences), 20 * pairs)
    assert found.wins + found.losses + (differences == 0).sum() == found.n
    if found.verdict == "equal":
        assert found.e_equal >= found.threshold * (1 - 1e-9)
    if found.verdict in ("better", "worse"):
        assert found.e >= found.threshold * (1 - 1e-9)
        assert (found.wins > found.losses) == (found.verdict == "better") or by == "symmetry"
    if not margin:
        assert found.e_equal == 0


@given(rules, samples, st.floats(0, 5))
def test_exchanging_the_variants_exchanges_the_verdicts(by, differences, margin):
    exchanged = {"better": "worse", "worse": "better", "equal": "equal", "undecided": "undecided"}
    found = decide(differences, margin, by=by).verdict
    assert decide(-differences, margin, by=by).verdict == exchanged[found]


def test_equal_comes_before_better():
    """A difference that is sure but does not matter."""
    differences = np.full(9, 0.2)
    assert decide(differences).verdict == "better"
    found = decide(differences, margin=1.0)
    assert (found.verdict, found.e > 20, found.e_equal > 20) == ("equal", True, True)
    assert decide(differences, margin=0.1).verdict == "better"


def test_variants_that_are_the_same_are_equal_only_within_a_margin():
    assert decide(np.zeros(30)).verdict == "undecided"
    assert set(history(np.zeros((2, 30))).ravel()) == {"undecided"}
    assert decide(np.zeros(30), margin=0.5).verdict == "equal"


def test_those_that_need_seeds_are_named_in_their_order():
    found = {"c": [1.0, -1.0], "a": [1.0] * 9, "b": [], "d": [-1.0] * 9}
    assert undecided(found) == ["c", "b"]  # 9 of one sign make 95, and 4 pairs need 80
    assert undecided(found, pairs=30) == ["c", "a", "b", "d"]
    assert undecided({}) == []
    assert undecided({"e": [0.1] * 9}, margin=1.0) == []


def test_one_line_says_it():
    assert decide([1.0] * 7).words() == ("better after 7 seeds (7 won, 0 lost): e = 26.8 against no difference, "
                                         "0 against one that matters; 20 decides")


@pytest.mark.parametrize(("arguments", "said"), [
    ({"differences": [1.0, np.nan]}, "differences: number 2 is nan"),
    ({"differences": [[1.0]]}, r"shape \(1, 1\)"),
    ({"margin": -1.0}, "margin -1.0"),
    ({"alpha": 0.0}, "alpha 0.0"),
    ({"alpha": 1.0}, "alpha 1.0"),
    ({"pairs": 0}, "pairs 0"),
    ({"by": "symmetri"}, "by 'symmetri' .did you mean 'symmetry'.*: expected one of sign, symmetry"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(arguments, said):
    with pytest.raises(NasreidError, match=said):
        decide(**{"differences": [1.0], **arguments})


def test_a_variant_with_a_missing_score_is_refused_by_name():
    with pytest.raises(NasreidError, match="variant 'b', differences: number 1 is nan"):
        undecided({"a": [1.0], "b": [np.nan]})
    with pytest.raises(NasreidError, match="pairs 1: expected at least the 2"):
        undecided({"a": [1.0], "b": [1.0]}, pairs=1)
