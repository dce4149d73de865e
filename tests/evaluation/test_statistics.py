"""Statistics of a comparison: against scipy, against their definitions, and on data where the answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from nasreid.errors import NasreidError
from nasreid.evaluation import statistics

numbers = st.floats(-50, 50).map(lambda v: round(v, 3))
samples = st.lists(numbers, min_size=2, max_size=9).map(np.array)


def frame(**columns: list[float]) -> pd.DataFrame:
    rows = [{"variant": name, "seed": seed, "mAP": value} for name, values in columns.items()
            for seed, value in enumerate(values)]
    return pd.DataFrame(rows)


@given(samples.filter(lambda v: np.ptp(v) > 0.01))
def test_the_interval_is_students(values):
    expected = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    assert np.allclose(statistics.interval(values), expected)


@given(samples)
def test_the_exact_permutation_equals_scipys(differences):
    ours = statistics.permutation(differences, np.random.default_rng(0))
    theirs = stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert ours == pytest.approx(theirs.pvalue, abs=1e-12)


def test_five_equal_signs_give_the_least_p_of_five_seeds():
    table = statistics.paired(frame(a=[3, 4, 5, 4, 6], b=[1, 1, 1, 1, 1]), "b")
    assert table["p"].item() == table["p_min"].item() == 2 / 2**5


def test_many_differences_are_resampled_from_the_generator():
    values = np.random.default_rng(1).normal(0.3, 1, 40)
    first, again = (statistics.permutation(values, np.random.default_rng(7)) for _ in range(2))
    assert first == again
    assert first == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.02)


def test_no_difference_rejects_as_often_as_it_should():
    rng = np.random.default_rng(0)
    rejected = [statistics.permutation(rng.normal(size=8), rng) <= 0.05 for _ in range(600)]
    assert 0.02 < np.mean(rejected) < 0.08


@given(samples, samples)
def test_superiority_is_the_mann_whitney_statistic(ours, theirs):
    expected = stats.mannwhitneyu(ours, theirs).statistic / (len(ours) * len(theirs))
    assert statistics.superiority(ours, theirs) == pytest.approx(expected)


@pytest.mark.parametrize(("sd", "expected"), [(1.0, 10), (2.0, 34), (4.0, 128)])
def test_seeds_needed_are_those_of_the_power_tables(sd, expected):
    # two-sided paired t test, alpha 0.05, power 0.8, standardised difference 1, 0.5, 0.25
    assert statistics.seeds_needed(sd) == expected


def test_the_promised_number_of_seeds_has_the_promised_power():
    rng = np.random.default_rng(3)
    draws = rng.normal(1.0, 2.0, (4000, int(statistics.seeds_needed(2.0))))
    assert np.mean(stats.ttest_1samp(draws, 0, axis=1).pvalue < 0.05) == pytest.approx(0.8, abs=0.03)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).map(np.array))
def test_holm_keeps_the_order_and_only_raises(p):
    adjusted = statistics.holm(p)
    assert (adjusted >= np.minimum(p, 1)).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def test_holm_of_a_known_case():
    assert np.allclose(statistics.holm(np.array([0.01, 0.04, 0.03])), [0.03, 0.06, 0.06])


@pytest.mark.parametrize("n", [3, 4, 8, 30])
def test_the_effect_has_the_correction_of_hedges(n):
    differences = np.arange(1.0, n + 1)
    plain, freedom = differences.mean() / differences.std(ddof=1), n - 1
    assert statistics.effect(differences) == pytest.approx(plain * (1 - 3 / (4 * freedom - 1)))
    exact = special.gamma(freedom / 2) / (np.sqrt(freedom / 2) * special.gamma((freedom - 1) / 2))  # Hedges 1981, 6e
    assert statistics.effect(differences) == pytest.approx(plain * exact, rel=0.03)


def test_the_effect_of_two_seeds_is_uncorrected_and_of_one_or_equal_ones_missing():
    assert statistics.effect(np.array([1.0, 3.0])) == pytest.approx(2**0.5)
    assert np.isnan(statistics.effect(np.array([1.0])))
    assert np.isnan(statistics.effect(np.array([2.0, 2.0, 2.0])))


def test_a_row_of_the_table_says_what_its_functions_do():
    ours, theirs = np.array([3.0, 5.0, 4.0, 9.0]), np.array([1.0, 2.0, 5.0, 1.0])
    row = statistics.paired(frame(a=list(ours), b=list(theirs)), "b").iloc[0]
    gaps = ours - theirs
    expected = {"variant": "a", "n": 4, "difference": gaps.mean(), "p_min": 1 / 8, "effect": statistics.effect(gaps),
                "superiority": statistics.superiority(ours, theirs), "p": 0.25, "holm": 0.25,
                "seeds_needed": statistics.seeds_needed(gaps.std(ddof=1)),
                **dict(zip(("low", "high"), statistics.interval(gaps), strict=True))}
    # variance over its chi-square quantiles, 0.216 and 9.348 of three degrees of freedom
    ends = [statistics.seeds_needed(gaps.std(ddof=1) * (3 / q) ** 0.5) for q in (9.348404, 0.215795)]
    assert dict(row) == {**expected, "seeds_low": ends[0], "seeds_high": ends[1]}


def test_a_summary_has_mean_sd_and_interval_of_each_variant():
    table = statistics.summary(frame(a=[1.0, 2.0, 6.0], b=[4.0, np.nan, 5.0])).set_index("variant")
    assert table["n"].to_dict() == {"a": 3, "b": 2}
    assert table["mean"].to_dict() == {"a": 3.0, "b": 4.5}
    assert table["sd"].tolist() == pytest.approx([7**0.5, 0.5**0.5])
    assert table.loc["b", ["low", "high"]].tolist() == pytest.approx(statistics.interval(np.array([4.0, 5.0])))


def test_without_a_seed_in_common_everything_is_missing():
    one = frame(a=[1.0])
    other = frame(b=[1.0]).assign(seed=7)
    row = statistics.paired(pd.concat([one, other]), "b").iloc[0]
    assert row["n"] == 0
    assert row[["difference", "low", "high", "p", "effect", "superiority", "seeds_needed"]].isna().all()


@pytest.mark.parametrize(("sd", "most", "expected"), [(0.0, 9, 2.0), (0.01, 9, 2.0), (np.nan, 9, np.nan),
                                                      (np.inf, 9, np.nan), (1.0, 10, 10.0), (1.0, 9, np.nan)])
def test_seeds_needed_at_the_ends(sd, most, expected):
    assert statistics.seeds_needed(sd, most=most) == pytest.approx(expected, nan_ok=True)


def test_fourteen_differences_are_exact_and_fifteen_are_drawn():
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    assert statistics.permutation(np.ones(14), rng) == 2 / 2**14
    assert statistics.permutation(np.array([-0.7, 1.8, 0.2, 0.7, -3.2, 1.2]), rng) == 1.0, "their sum is nothing"
    assert rng.bit_generator.state == state
    drawn = statistics.permutation(np.ones(15), rng)
    assert rng.bit_generator.state != state
    assert 1 <= drawn * statistics.RESAMPLES <= 5  # what was seen counts, too


def test_only_seeds_that_both_have_are_paired():
    table = statistics.paired(frame(a=[1.0, 2.0, 9.0], b=[0.0, 1.0]), "b")
    assert (table["n"].item(), table["difference"].item()) == (2, 1.0)


def test_one_seed_gives_a_mean_and_no_interval():
    table = statistics.summary(frame(a=[5.0]))
    assert table["mean"].item() == 5.0
    assert table[["sd", "low", "high"]].isna().all(axis=None)


def test_a_reference_without_runs_leaves_nothing_to_pair():
    table = statistics.paired(frame(a=[1.0], b=[2.0]), "c")
    assert table["n"].tolist() == [0, 0]
    assert table[["difference", "low", "p", "superiority"]].isna().all(axis=None)


def test_a_seed_that_comes_twice_is_refused():
    doubled = pd.concat([frame(a=[1.0]), frame(a=[2.0])])
    with pytest.raises(NasreidError, match="variant 'a' has seed 0 twice"):
        statistics.summary(doubled)
    with pytest.raises(NasreidError, match="variant 'a' has seed 0 twice"):  # the first of two
        statistics.summary(pd.concat([frame(a=[1.0], b=[3.0]), frame(a=[2.0], b=[4.0])]))
