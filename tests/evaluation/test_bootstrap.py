"""The bootstrap draws runs within data sets, by its seed alone."""

from __future__ import annotations

import numpy as np
import pytest

from nasreid.errors import NasreidError
from nasreid.evaluation.bootstrap import Bootstrap

RUNS = np.arange(6.0).reshape(2, 3)  # of two data sets


def test_runs_stay_in_their_data_set_and_each_is_drawn_as_often():
    drawn = Bootstrap(draws=4000).drawn(RUNS, 0)
    assert drawn.shape == (4000, 2, 3)
    for dataset in (0, 1):
        values, counts = np.unique(drawn[:, dataset], return_counts=True)
        assert values.tolist() == RUNS[dataset].tolist()
        assert counts / counts.sum() == pytest.approx([1 / 3] * 3, abs=0.02)
    assert abs(np.corrcoef(drawn[:, 0, 0], drawn[:, 1, 0])[0, 1]) < 0.05


def test_the_seed_and_the_stream_fix_the_draws():
    first = Bootstrap(seed=3).drawn(RUNS, 1)
    assert np.array_equal(first, Bootstrap(seed=3).drawn(RUNS, 1))
    assert not np.array_equal(first, Bootstrap(seed=3).drawn(RUNS, 2))
    assert not np.array_equal(first, Bootstrap(seed=4).drawn(RUNS, 1))


def test_ends_are_percentiles_and_missing_for_one_run():
    assert Bootstrap(level=0.8).ends(np.arange(101.0), 2) == pytest.approx((10, 90))
    assert np.isnan(Bootstrap().ends(np.arange(101.0), 1)).all()


def test_an_interval_of_a_mean_covers_it_about_as_often_as_it_says():
    rng, usual = np.random.default_rng(0), Bootstrap(draws=300)
    covered = []
    for _ in range(300):
        low, high = usual.ends(usual.drawn(rng.normal(size=(3, 10)), 0).mean((1, 2)), 10)
        covered.append(low <= 0 <= high)
    assert 0.88 < np.mean(covered) < 0.97  # a little too narrow, as said


@pytest.mark.parametrize(("arguments", "said"), [({"level": 1.0}, "level 1.0"), ({"draws": 0}, "draws 0")])
def test_what_makes_no_sense_is_refused(arguments, said):
    with pytest.raises(NasreidError, match=said):
        Bootstrap(**arguments)
    assert Bootstrap(draws=1).drawn(np.ones((2, 3)), 0).shape == (1, 2, 3)
