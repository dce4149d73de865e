"""How reliable a table of scores is, on tables whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation.reliability import Reliability


def planted(architectures, seeds, spread, noise, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, spread, (architectures, 1)) + rng.normal(0, noise, (architectures, seeds))


def test_planted_components_are_found():
    found = Reliability.of(planted(4000, 3, 4.0, 2.0))
    assert (found.architecture_sd, found.seed_sd) == (pytest.approx(4, rel=0.05), pytest.approx(2, rel=0.05))
    assert found.icc == pytest.approx(16 / (16 + 4 / 3), rel=0.01)
    assert found.of_seeds(1) == pytest.approx(0.8, abs=0.02)
    assert found.seeds_for(0.95) == 5  # 16 / (16 + 4 / 5) = 0.952


def test_the_interval_holds_the_truth_as_often_as_it_says():
    truth = 4 / (4 + 4 / 3)
    inside = [found.low <= truth <= found.high for seed in range(400)
              for found in [Reliability.of(planted(30, 3, 2.0, 2.0, seed))]]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


@given(st.integers(2, 9), st.integers(2, 5), st.floats(-50, 50), st.integers(0, 99))
def test_it_does_not_depend_on_the_level(architectures, seeds, level, seed):
    scores = planted(architectures, seeds, 3.0, 1.0, seed)
    one, two = Reliability.of(scores), Reliability.of(scores + level)
    assert one.icc == pytest.approx(two.icc, rel=1e-6)
    assert one.best_minus_mean == pytest.approx(two.best_minus_mean, abs=1e-9)
    assert one.low <= one.icc <= one.high


def test_what_a_seed_does_to_all_alike_moves_no_difference():
    scores = planted(400, 4, 4.0, 2.0)
    shifted = scores + np.array([0.0, 0.0, 0.0, -8.0])
    plain, found = Reliability.of(scores), Reliability.of(shifted)
    assert found.consistency == pytest.approx(plain.consistency)
    assert found.icc < plain.icc - 0.1
    assert plain.consistency == pytest.approx(plain.icc, abs=0.01)  # seeds that shift nothing
    assert found.consistency_low < found.consistency < found.consistency_high
    # Shrout and Fleiss, table 2: four judges of six targets, ICC(3, 4) 0.91, ICC(1, 4) 0.44
    judged = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]) * 1.0
    known = Reliability.of(judged)
    assert (round(known.icc, 2), round(known.consistency, 2)) == (0.44, 0.91)


def test_one_seed_equal_seeds_and_equal_architectures():
    single = Reliability.of(np.array([[1.0], [3.0]]))
    assert np.isnan(single.icc)
    assert single.best_minus_mean == 1.0
    assert "one seed says nothing" in single.words()
    sure = Reliability.of(np.array([[1.0, 1.0], [3.0, 3.0]]))
    assert (sure.icc, sure.seed_sd, sure.architecture_sd) == (1.0, 0.0, pytest.approx(2**0.5))
    assert np.isnan(Reliability.of(np.ones((3, 2))).icc)
    assert Reliability.of(np.array([[1.0, 1.5], [3.0, 3.5]])).consistency == 1.0
    assert "reliability of a mean of 2 seeds 1.00" in sure.words()


def test_one_architecture_is_refused():
    with pytest.raises(NasreidError, match="expected at least two architectures"):
        Reliability.of(np.ones((1, 3)))
