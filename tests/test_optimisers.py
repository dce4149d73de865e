"""Learning rates by epoch."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.optimisers import ArchitectureOptimiser, cosine, multistep, warmup


def test_the_retraining_schedule_of_msinet():
    rates = [multistep(0.065, epoch, (150, 225, 300), warmup_epochs=10) for epoch in range(350)]
    assert rates[0] == pytest.approx(0.00065)
    assert rates[5] == pytest.approx(0.065 * 0.505)
    assert rates[10] == rates[149] == 0.065
    assert rates[150] == rates[224] == pytest.approx(0.0065)
    assert rates[225] == pytest.approx(0.00065)
    assert rates[300] == rates[349] == pytest.approx(0.000065)


@given(st.integers(1, 50), st.floats(0.001, 1))
def test_the_warm_up_rises_evenly_to_one(epochs, factor):
    values = [warmup(epoch, epochs, factor) for epoch in range(epochs + 2)]
    assert values[0] == pytest.approx(factor)
    assert values[epochs:] == [1.0, 1.0]
    steps = [after - before for before, after in itertools.pairwise(values[: epochs + 1])]
    assert steps == pytest.approx([(1 - factor) / epochs] * epochs)


def test_cosine_falls_from_base_to_final_and_stays():
    rates = [cosine(0.1, epoch, 120, final=0.02) for epoch in (0, 60, 120, 500)]
    assert rates == pytest.approx([0.1, 0.06, 0.02, 0.02])


def test_impossible_arguments_are_named():
    with pytest.raises(NasreidError, match="factor=0"):
        warmup(0, 10, 0)
    with pytest.raises(NasreidError, match="epochs=0"):
        cosine(0.1, 0, 0)


def test_a_short_run_lets_alphas_travel_far_enough_and_a_long_one_has_the_papers_rate():
    own = ArchitectureOptimiser()
    assert [own.within(steps).lr for steps in (60, 100_000)] == [0.05, 0.002]
    assert ArchitectureOptimiser(begin=0.5).within(60).lr == 0.1
    assert ArchitectureOptimiser().within(60, 30).lr == 0.1
    assert ArchitectureOptimiser(begin=0.5).within(60, 30).lr == 0.1, "the same half, not half of it"
    assert ArchitectureOptimiser(lr=0.7).within(3).lr == 0.7
    followed = ArchitectureOptimiser(follow=True)
    assert (followed.within(3), followed.rate(0, 9, (), 5.0)) == (followed, 5.0)


def test_alphas_begin_to_move_after_their_beginning():
    late = ArchitectureOptimiser(lr=1.0, begin=0.5)
    assert [late.rate(epoch, 5, ()) for epoch in range(5)] == [0, 0, 1, 1, 1]
    assert late.rate(0, 1, ()) == 1  # a single epoch is not for the weights alone
