"""Variance components: by hand, on planted ones, and at the ends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation.components import Components, components, pooled
from nasreid.evaluation.reliability import Reliability

HAND = np.array([[1.0, 3.0], [5.0, 7.0], [6.0, 8.0]])  # means 2, 6, 7; MSB 2 * 7 = 14, MSW 2


def planted(rng: np.random.Generator, shape: tuple[int, ...], between: float, within: float) -> np.ndarray:
    """Scores (..., S, R) with these standard deviations."""
    return rng.normal(70, between, (*shape[:-1], 1)) + rng.normal(0, within, shape)


def table(values: np.ndarray) -> pd.DataFrame:
    """From (V, S, R)."""
    rows = [(f"v{v}", s, r, value) for (v, s, r), value in np.ndenumerate(values)]
    return pd.DataFrame(rows, columns=["variant", "seed", "retraining", "value"])


def test_by_hand():
    found = Components.of(HAND)
    assert (found.searches, found.retrainings, found.clipped) == (3, 2, False)
    assert (found.within, found.between, found.total) == pytest.approx((2, 6, 7))
    assert found.error() == pytest.approx((7 / 3) ** 0.5)  # the sd of the three means over sqrt(3)
    assert found.error() == pytest.approx(stats.sem(HAND.mean(1)))
    assert found.error(searches=6, retrainings=4) == pytest.approx(((6 + 2 / 4) / 6) ** 0.5)
    chi, f = stats.chi2(2).ppf, stats.f(2, 3).ppf
    assert (found.within_low, found.within_high) == pytest.approx(
        (3 * 2 / stats.chi2(3).ppf(0.975), 3 * 2 / stats.chi2(3).ppf(0.025)))
    assert found.between_low == 0  # 14 is less than F(0.975) = 16 times 2
    assert found.between_high == pytest.approx(2 * (14 - f(0.025) * 2) / (2 * chi(0.025)))


def test_they_are_those_of_the_reliability():
    values = planted(np.random.default_rng(0), (20, 3), 2.0, 1.0)
    ours, theirs = Components.of(values), Reliability.of(values)
    assert (ours.between**0.5, ours.within**0.5) == pytest.approx((theirs.architecture_sd, theirs.seed_sd))


@pytest.mark.parametrize(("between", "within"), [(2.0, 1.0), (1.0, 2.0), (0.5, 0.1)])
def test_planted_components_are_found_without_bias_and_within_their_intervals(between, within):
    rng = np.random.default_rng(1)
    found = [Components.of(planted(rng, (8, 3), between, within)) for _ in range(600)]
    assert np.mean([one.within for one in found]) == pytest.approx(within**2, rel=0.05)
    assert np.mean([one.between for one in found]) == pytest.approx(between**2, rel=0.1)
    inside = np.mean([[one.within_low <= within**2 <= one.within_high,
                       one.between_low <= between**2 <= one.between_high] for one in found], axis=0)
    assert (inside >= 0.93).all()
    assert inside[0] <= 0.97
    errors = np.sqrt(np.mean([one.error() ** 2 for one in found]))
    assert errors == pytest.approx(((between**2 + within**2 / 3) / 8) ** 0.5, rel=0.05)


def test_searches_that_do_not_differ_are_clipped_and_said_so():
    found = Components.of(np.array([[1.0, 3.0], [3.0, 1.0], [1.0, 3.1]]))
    assert (found.between, found.between_low, found.clipped) == (0.0, 0.0, True)
    assert found.total == pytest.approx(found.within / 2)
    assert "estimated below 0" in found.words()
    assert found.best_retrainings(3.0) == np.inf
    assert found.best_retrainings(0.0) == 1


@given(st.integers(2, 5), st.integers(2, 5), st.integers(0, 999), st.floats(0, 3), st.floats(0.1, 3))
def test_nothing_is_negative_and_intervals_are_ordered(searches, retrainings, seed, between, within):
    found = Components.of(planted(np.random.default_rng(seed), (searches, retrainings), between, within))
    assert 0 <= found.between_low <= found.between_high
    assert 0 < found.within_low <= found.within <= found.within_high
    assert found.between_low <= found.between
    assert found.total == pytest.approx(found.between + found.within / retrainings)
    assert found.clipped == (found.between == 0)


@given(st.floats(0.01, 10), st.floats(0.01, 10), st.floats(0, 30))
def test_the_best_number_of_retrainings_is_the_best(between, within, cost):
    found = Components(5, 2, between, between, between, within, within, within, between + within / 2, False)
    best = found.best_retrainings(cost)
    r = np.arange(1.0, 400)
    losses = (cost + r) * (between + within / r)
    assert (cost + best) * (between + within / best) == pytest.approx(losses.min())
    assert abs(best - max(1, (cost * within / between) ** 0.5)) <= 1


def test_one_retraining_holds_both_components_and_one_search_neither():
    once = Components.of(np.array([[1.0], [3.0], [8.0]]))
    assert np.isnan([once.between, once.between_low, once.within, once.within_high]).all()
    assert once.error() == pytest.approx(stats.sem([1.0, 3.0, 8.0]))
    assert np.isnan(once.error(retrainings=2))
    alone = Components.of(np.array([[1.0, 3.0]]))
    assert alone.within == pytest.approx(2)
    assert np.isnan([alone.between, alone.between_high, alone.total, alone.error()]).all()
    for found in (once, alone):
        assert not found.clipped
        assert np.isnan(found.best_retrainings(2.0))
        assert "expected at least 2 of both" in found.words()


def test_retrainings_that_agree_leave_the_searches():
    found = Components.of(np.array([[1.0, 1.0], [3.0, 3.0]]))
    assert (found.within, found.between, found.best_retrainings(9.0)) == (0, 2, 1)
    assert found.between_low == pytest.approx(2 / stats.chi2.ppf(0.975, 1))


def test_several_variants_are_pooled_by_their_degrees_of_freedom():
    values = planted(np.random.default_rng(2), (4, 5, 3), 2.0, 1.0) + np.arange(4)[:, None, None] * 20
    found, each = pooled(table(values)), [Components.of(one) for one in values]
    assert found.within == pytest.approx(np.mean([one.within for one in each]))
    assert found.between == pytest.approx(np.mean([one.between for one in each]))
    assert found.within_low > min(one.within_low for one in each)  # narrower
    assert found == Components.of(values)


def test_the_table_has_a_row_for_each_variant():
    values = planted(np.random.default_rng(3), (2, 4, 3), 2.0, 1.0)
    found = components(table(values).sample(frac=1, random_state=0).sort_values("variant", kind="stable"))
    assert found["variant"].tolist() == ["v0", "v1"]
    assert found["mean"].tolist() == pytest.approx(values.mean((1, 2)))
    for row, one in zip(found.to_dict("records"), map(Components.of, values), strict=True):
        assert row["between"] == pytest.approx(one.between)
        assert row["error"] == pytest.approx(one.error())
        assert row["clipped"] == one.clipped
        assert (row["within_low"], row["within_high"]) == pytest.approx((one.within_low, one.within_high))
    narrow = components(table(values), level=0.5)
    assert (narrow["within_low"] > found["within_low"]).all()
    assert pooled(table(values), level=0.5) == Components.of(values, 0.5) != Components.of(values)


def test_a_missing_retraining_is_refused_by_name():
    with pytest.raises(NasreidError, match="no row for variant 'v1', seed 2, retraining 1"):
        components(table(np.ones((2, 3, 2))).drop(index=11))


def test_one_line_says_it():
    assert Components.of(HAND).words() == ("sd between searches 2.45 (0.00 to 16.60), of retrainings 1.41 (0.80 to "
                                           "5.27), of a variant's mean 1.53")


@pytest.mark.parametrize(("call", "said"), [
    (lambda: Components.of(np.ones(3)), r"shape \(3,\)"),
    (lambda: Components.of(np.ones((0, 2))), r"shape \(0, 2\)"),
    (lambda: Components.of(np.array([[1.0, np.nan]])), "number 2 is nan"),
    (lambda: Components.of(HAND, level=1.0), "level 1.0"),
    (lambda: Components.of(HAND).best_retrainings(-1.0), "cost -1.0"),
    (lambda: Components.of(HAND).best_retrainings(np.inf), "cost inf"),
    (lambda: Components.of(HAND).error(searches=0), "0 searches"),
    (lambda: Components.of(HAND).error(retrainings=0), "0 retrainings"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(NasreidError, match=said):
        call()
