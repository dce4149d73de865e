"""E-processes obey their laws exactly: over all signs, under every null that they name."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate
from scipy.special import beta

from nasreid.evaluation.e_processes import RULES, sign, symmetry

numbers = st.floats(-20, 20).map(lambda value: round(value, 2))
samples = st.lists(numbers, min_size=1, max_size=9).map(np.array)
rules = st.sampled_from(list(RULES.values()))


@pytest.mark.parametrize("wins", [0, 1, 4, 9])
@pytest.mark.parametrize("losses", [0, 2, 7])
def test_signs_are_mixed_over_half_of_a_beta_prior(wins, losses):

    def likelihood(p: float) -> float:
        return 2 * (2 * p) ** wins * (2 - 2 * p) ** losses / np.sqrt(p * (1 - p)) / np.pi

    expected = integrate.quad(likelihood, 0.5, 1)[0], integrate.quad(likelihood, 0, 0.5)[0]
    found = sign(np.array([0.0] + [2.0] * wins + [-1.0] * losses))
    assert np.exp([found.above[-1], found.below[-1]]) == pytest.approx(expected, rel=1e-6)
    whole = 2.0 ** (wins + losses) * beta(wins + 0.5, losses + 0.5) / beta(0.5, 0.5)
    assert np.exp(found.either[-1]) == pytest.approx(whole)


def test_the_bets_of_symmetry_by_hand():
    strengths = np.array([0.5, 1, 2, 4])
    first = 1 + 0.9 * np.tanh(strengths)  # of a win, whatever its size
    second = 1 + 0.9 * np.tanh(strengths * -1 / 2)  # -1 after 2
    third = 1 + 0.9 * np.tanh(strengths * 3 / np.sqrt((4 + 1) / 2))  # 3 after 2 and -1
    expected = [first.mean(), (first * second).mean(), (first * second * third).mean()]
    assert np.exp(symmetry(np.array([2.0, -1.0, 3.0])).above) == pytest.approx(expected)
    lost = (2 - first) * (2 - second) * (2 - third)
    assert np.exp(symmetry(np.array([2.0, -1.0, 3.0])).below[-1]) == pytest.approx(lost.mean())
    moved = (2 - first) * (1 + 0.9 * np.tanh(strengths * -4 / 2))  # the size stays that of the differences
    assert np.exp(symmetry(np.array([2.0, -1.0]), 3.0).above[-1]) == pytest.approx(moved.mean())


@given(rules, samples, st.floats(0, 20))
def test_the_next_bet_is_fair_where_signs_are(rule, differences, size):
    """The mean over both signs of the next difference, given all before it, is what one has: for every size."""
    now = rule(differences, 0.0)
    up, down = (rule(np.append(differences, way * size), 0.0) for way in (1, -1))
    for side in ("above", "below", "either"):
        ahead = np.logaddexp(getattr(up, side)[-1], getattr(down, side)[-1]) - np.log(2)
        assert ahead == pytest.approx(getattr(now, side)[-1], abs=1e-9)


@given(rules, st.floats(0, 20))
def test_the_first_bet_is_fair(rule, size):
    for side in ("above", "below", "either"):
        values = [np.exp(getattr(rule(np.array([way * size]), 0.0), side)[0]) for way in (1, -1)]
        assert np.mean(values) == pytest.approx(1)


@given(rules, samples, st.floats(0, 30), numbers)
def test_a_higher_difference_raises_one_side_and_lowers_the_other(rule, differences, raised, at):
    """With the law before, why a bet of `above` has a mean of at most one under every centre below `at`."""
    low, high = rule(differences, at), rule(np.append(differences[:-1], differences[-1] + raised), at)
    assert (high.above >= low.above - 1e-9).all()
    assert (high.below <= low.below + 1e-9).all()


@given(rules, samples, numbers, st.floats(0, 30))
def test_a_higher_centre_lowers_one_side_and_raises_the_other(rule, differences, at, more):
    low, high = rule(differences, at), rule(differences, at + more)
    assert (high.above <= low.above + 1e-9).all()
    assert (high.below >= low.below - 1e-9).all()


@given(rules, samples, numbers)
def test_the_mirror_image_swaps_the_sides(rule, differences, at):
    found, mirrored = rule(differences, at), rule(-differences, -at)
    assert np.allclose(found.above, mirrored.below)
    assert np.allclose(found.below, mirrored.above)


@given(rules, samples, st.floats(0.01, 100))
def test_the_unit_does_not_matter(rule, differences, unit):
    assert np.allclose(rule(differences * unit, 0.0).above, rule(differences, 0.0).above)


@given(rules, samples, numbers)
def test_what_comes_later_changes_nothing_before(rule, differences, at):
    whole = rule(differences, at)
    for n in range(1, len(differences) + 1):
        assert rule(differences[:n], at).above[-1] == pytest.approx(whole.above[n - 1])


@pytest.mark.parametrize("rule", RULES.values())
def test_many_rows_are_what_each_is(rule):
    rows = np.random.default_rng(0).normal(size=(2, 3, 5))
    for place in itertools.product(range(2), range(3)):
        assert np.allclose(rule(rows, 0.3).below[place], rule(rows[place], 0.3).below)


@given(samples)
def test_the_order_of_signs_does_not_matter(differences):
    assert sign(differences[::-1]).either[-1] == pytest.approx(sign(differences).either[-1])


@given(samples, st.integers(0, 9))
def test_a_tie_bets_nothing(differences, place):
    tied = np.insert(differences, min(place, len(differences)), 0.0)
    assert sign(tied).above[-1] == pytest.approx(sign(differences).above[-1])
    assert symmetry(np.append(differences, 0.0)).above[-1] == pytest.approx(symmetry(differences).above[-1])


@pytest.mark.parametrize("rule", RULES.values())
def test_whole_numbers_zeros_and_extremes_are_no_trouble(rule):
    assert np.array_equal(rule(np.array([1, -2, 3]), 0.0).above, rule(np.array([1.0, -2.0, 3.0]), 0.0).above)
    assert np.allclose(rule(np.zeros(4), 0.0).either, 0)
    assert rule(np.zeros(0), 0.0).either.shape == (0,)
    for value in (1e-300, 1e300):
        assert not np.isnan(rule(np.array([value, -value, value, value]), 0.0).either).any()
    many = rule(np.ones(3000), 0.0)
    assert many.above[-1] > 1000
    assert many.below[-1] < -10


def test_fair_signs_reach_20_less_often_than_1_in_20_in_500_seeds():
    """Ville's bound, exactly: the shares of all paths by their number of wins, those that got there taken out."""
    paths, reached = np.ones(1), 0.0
    for n in range(1, 501):
        paths = np.convolve(paths, [0.5, 0.5])
        wins = np.arange(n + 1)
        there = n * np.log(2) + np.log(beta(wins + 0.5, n - wins + 0.5) / np.pi) >= np.log(20)
        reached += paths[there].sum()
        paths[there] = 0
    assert 0.03 < reached < 0.05


@pytest.mark.parametrize("rule", RULES.values())
@pytest.mark.parametrize("shift", [0.0, -0.3, -3.0])
def test_two_far_humps_or_a_lower_centre_win_nothing(rule, shift):
    """The mean over all signs of an e-value of `above` is at most one; the humps are what a unimodal theory forgets."""
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=8)))
    sizes = np.array([1.0, 5.0, 0.2, 3.0, 3.0, 0.5, 9.0, 2.0])
    values = np.exp(rule(signs * sizes + shift, 0.0).above)
    assert (values.mean(0) <= 1 + 1e-9).all()
