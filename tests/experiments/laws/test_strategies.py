"""The law of the planted optimum."""

import pytest

from nasreid.experiments.laws.law import BrokenLaw
from nasreid.experiments.laws.strategies import check_planted
from nasreid.optimisers import ArchitectureOptimiser
from nasreid.strategies.ce_darts import CEDarts


def test_a_strategy_that_finds_nothing_is_caught():
    with pytest.raises(BrokenLaw, match=r"slot\d is (green|blue), planted is red \(.*red 0\.33"):
        check_planted(lambda: CEDarts(architecture=ArchitectureOptimiser(lr=1e-12)), epochs=2)
