"""Statistics of a comparison: against scipy, against their definitions, and on data where the answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

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
    with pytest.raises(NasreidError, match="seed 0 twice"):
        statistics.summary(doubled)
