"""Mean ranks, Friedman's test and the critical difference: against scipy and Demšar's example."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation.mean_ranks import MeanRanks, critical_difference
from nasreid.evaluation.several import Several

# ranks of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets (Demšar 2006, table 6)
DEMSAR = [(4, 3, 2, 1), (1, 2, 3, 4), (4, 1, 2, 3), (4, 1, 3, 2), (4, 2, 3, 1), (1, 2.5, 4, 2.5), (3, 2, 4, 1),
          (2.5, 2.5, 4, 1), (4, 3, 2, 1), (2.5, 2.5, 2.5, 2.5), (4, 2.5, 1, 2.5), (3, 2, 4, 1), (4, 1, 2, 3),
          (3, 1, 4, 2)]  # fmt: skip
tables = st.tuples(st.integers(2, 6), st.integers(2, 5), st.integers(1, 3), st.integers(0, 999))


def several(means: np.ndarray) -> Several:
    """(T, V) or (T, V, S)."""
    values = np.asarray(means, dtype=float).reshape(len(means), np.shape(means)[1], -1)
    return Several(tuple(f"d{t}" for t in range(len(values))), tuple(f"v{v}" for v in range(values.shape[1])), values)


def test_demsars_example():
    found = MeanRanks.of(several(-np.array(DEMSAR)))
    assert found.ranks == pytest.approx({"v3": 1.964, "v1": 2.0, "v2": 2.893, "v0": 3.143}, abs=0.001)
    assert list(found.ranks) == ["v3", "v1", "v2", "v0"]
    untied = 12 * 14 / 20 * (sum(rank**2 for rank in found.ranks.values()) - 25)
    assert untied == pytest.approx(9.28, abs=0.01)  # as printed there, without the correction for ties
    assert found.friedman == pytest.approx(stats.friedmanchisquare(*np.transpose(DEMSAR)).statistic)
    assert untied < found.friedman < 1.11 * untied
    assert found.iman_davenport == pytest.approx(13 * found.friedman / (42 - found.friedman))
    assert found.p_f == pytest.approx(stats.f.sf(found.iman_davenport, 3, 39))  # his degrees of freedom
    assert found.critical_difference == pytest.approx(1.25, abs=0.005)
    assert found.groups == (("v3", "v1", "v2", "v0"),)
    more = MeanRanks.of(several(-np.array(DEMSAR)), alpha=0.1)
    assert more.critical_difference == pytest.approx(1.12, abs=0.005)
    assert more.groups == (("v3", "v1", "v2"), ("v2", "v0"))


@pytest.mark.parametrize(("k", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_the_quantiles_are_those_of_demsars_table_5a(k, q):
    assert critical_difference(k, 9) == pytest.approx(q * np.sqrt(k * (k + 1) / 54), abs=0.002)


@given(tables)
def test_the_tests_are_scipys(shape):
    means = np.random.default_rng(shape[3]).normal(size=shape[:3]).round(1)
    found = MeanRanks.of(several(means))
    ranks = stats.rankdata(-means.mean(2), axis=1)
    assert found.ranks == pytest.approx({f"v{v}": rank for v, rank in enumerate(ranks.mean(0))})
    assert sum(found.ranks.values()) == pytest.approx(shape[1] * (shape[1] + 1) / 2)
    if shape[1] > 2 and not np.isnan(found.friedman):
        theirs = stats.friedmanchisquare(*ranks.T)
        assert (found.friedman, found.p) == pytest.approx((theirs.statistic, theirs.pvalue))


@given(tables)
def test_groups_are_the_largest_sets_without_a_difference(shape):
    found = MeanRanks.of(several(np.random.default_rng(shape[3]).normal(size=shape[:3])), alpha=0.99)
    for group in found.groups:
        inside = [found.ranks[name] for name in group]
        assert len(group) > 1
        assert max(inside) - min(inside) <= found.critical_difference + 1e-9
        outside = [rank for name, rank in found.ranks.items() if name not in group]
        assert all(max([*inside, rank]) - min([*inside, rank]) > found.critical_difference for rank in outside)
    close = [(a, b) for a in found.ranks for b in found.ranks
             if a != b and abs(found.ranks[a] - found.ranks[b]) <= found.critical_difference]
    assert all(any(a in group and b in group for group in found.groups) for a, b in close)


def test_two_variants_are_a_sign_test():
    found = MeanRanks.of(several(np.array([[1.0, 2.0]] * 7 + [[2.0, 1.0]])))
    assert found.friedman == pytest.approx((7 - 1) ** 2 / 8)
    assert found.ranks == {"v1": 1.125, "v0": 1.875}


def test_data_sets_that_agree_leave_no_rest():
    found = MeanRanks.of(several(np.array([[3.0, 2.0, 1.0]] * 4)))
    assert (found.friedman, found.iman_davenport, found.p_f) == (8, np.inf, 0)
    assert found.groups == (("v0", "v1"), ("v1", "v2"))


def test_variants_that_are_all_tied_have_no_test():
    found = MeanRanks.of(several(np.ones((3, 2))))
    assert np.isnan([found.friedman, found.p, found.iman_davenport, found.p_f]).all()
    assert found.ranks == {"v0": 1.5, "v1": 1.5}


@pytest.mark.parametrize(("means", "alpha", "said"), [
    (np.ones((1, 3)), 0.05, "1 data sets and 3 variants"), (np.ones((3, 1)), 0.05, "3 data sets and 1 variants"),
    (np.ones((3, 2)), 1.0, "alpha 1.0"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(means, alpha, said):
    with pytest.raises(NasreidError, match=said):
        MeanRanks.of(several(means), alpha)
