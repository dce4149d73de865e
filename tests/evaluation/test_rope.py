"""Probabilities of better, equal and worse: against scipy, a simulated posterior, and at the ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation.rope import rope

samples = st.lists(st.floats(-9, 9).map(lambda value: round(value, 2)), min_size=2, max_size=9).map(np.array)


@given(samples, st.floats(0, 4), st.floats(0, 0.5))
def test_probabilities_add_up_to_one(differences, margin, correlation):
    found = rope(differences, margin, correlation=correlation)
    assert found.better + found.equal + found.worse == pytest.approx(1)
    assert min(found.better, found.equal, found.worse) >= 0


@given(samples.filter(lambda values: np.ptp(values) > 0.1))
def test_without_a_margin_it_is_the_one_sided_t_test(differences):
    """The matching prior: Benavoli et al., section 3."""
    found = rope(differences, 0.0)
    assert found.worse == pytest.approx(stats.ttest_1samp(differences, 0, alternative="greater").pvalue)
    assert found.equal == pytest.approx(0, abs=1e-12)
    expected = stats.t.interval(0.95, len(differences) - 1, differences.mean(), stats.sem(differences))
    assert (found.low, found.high) == pytest.approx(expected)


def test_it_is_the_posterior_of_the_stated_prior():
    """variance ~ inverse chi-squared, mean given it normal."""
    differences, margin, rng = np.array([0.4, 1.5, -0.3, 0.9, 0.6]), 0.5, np.random.default_rng(0)
    variance = 4 * differences.var(ddof=1) / rng.chisquare(4, 200_000)
    means = rng.normal(differences.mean(), np.sqrt(variance / 5))
    expected = [(means > margin).mean(), (abs(means) <= margin).mean(), (means < -margin).mean()]
    found = rope(differences, margin)
    assert [found.better, found.equal, found.worse] == pytest.approx(expected, abs=0.005)


@given(samples, st.floats(0, 4))
def test_exchanging_the_variants_exchanges_the_ends(differences, margin):
    found, exchanged = rope(differences, margin), rope(-differences, margin)
    assert (found.better, found.worse) == pytest.approx((exchanged.worse, exchanged.better))
    assert (found.low, found.high) == pytest.approx((-exchanged.high, -exchanged.low))


def test_correlated_differences_say_less():
    """Ten overlapping splits with a tenth of the images to test: Nadeau and Bengio's factor 1/n + 1/9."""
    differences = np.array([1.0, 2.0, 0.5, 1.5, 1.0, 1.2, 0.8, 1.9, 0.1, 1.0])
    found = rope(differences, 0.0, correlation=0.1)
    t = differences.mean() / (differences.std(ddof=1) * np.sqrt(1 / 10 + 1 / 9))
    assert found.better == pytest.approx(stats.t.cdf(t, 9))
    assert found.better < rope(differences, 0.0).better


@pytest.mark.parametrize("values", [[], [3.0]])
def test_fewer_than_two_say_nothing(values):
    found = rope(values, 1.0)
    assert np.isnan([found.better, found.equal, found.worse, found.low, found.high]).all()
    assert found.verdict == "undecided"


@pytest.mark.parametrize(("value", "verdict"), [(2.0, "better"), (0.1, "equal"), (1.0, "equal"), (-1.0, "equal"),
                                                (-1.1, "worse"), (0.0, "equal")])
def test_equal_differences_leave_no_doubt(value, verdict):
    found = rope([value] * 3, 1.0)
    assert (found.verdict, found.low, found.high) == (verdict, pytest.approx(value), pytest.approx(value))
    assert sorted([found.better, found.equal, found.worse]) == [0, 0, 1]


@pytest.mark.parametrize(("shift", "verdict"), [(3, "better"), (0, "equal"), (-3, "worse"), (1, "undecided")])
def test_a_verdict_needs_its_level(shift, verdict):
    assert rope(np.array([-0.2, 0.0, 0.2, 0.1, -0.1]) + shift, 1.0).verdict == verdict
    assert rope(np.array([0.9, 1.2, 1.0, 1.3, 1.1]), 1.0, level=0.8).verdict == "better"
    assert rope(np.array([0.9, 1.2, 1.0, 1.3, 1.1]), 1.0, level=0.95).verdict == "undecided"


@pytest.mark.parametrize(("arguments", "said"), [
    ({"differences": [1.0, np.inf]}, "number 2 is inf"), ({"margin": -1.0}, "margin -1.0"),
    ({"level": 0.5}, "level 0.5"), ({"level": 1.0}, "level 1.0"), ({"correlation": 1.0}, "correlation 1.0"),
    ({"correlation": -0.1}, "correlation -0.1"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(arguments, said):
    with pytest.raises(NasreidError, match=said):
        rope(**{"differences": [1.0, 2.0], "margin": 1.0, **arguments})
