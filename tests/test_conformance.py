"""Every plug-in we ship keeps the laws, and any space runs with any strategy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.mutation import decisions
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.plugins import complete
from tests.conformance import check_genotypes, check_objective, check_search_step
from tests.spaces_for_tests import Tiny

# small arguments for what would be large by default, and the partner of an objective that wraps another
SMALL = {"MSI": {"width_multiplier": 0.125}, "InPlacement": {"width_multiplier": 0.125, "streams": 1},
         "BNSeparation": {"inner_args": {"width_multiplier": 0.0625}}}
OBJECTIVES = {"CrossEntropy": {"classes": 2, "width": 16}, "Memory": {"classes": 2, "width": 16},
              "Local": {"objective": CrossEntropy(2, 16)}, "SpatialAlignment": {"width": 16}}
SPACES = {**complete("spaces"), "Tiny": Tiny}
STRATEGIES = complete("strategies")
FRAME = pd.DataFrame({"identity": np.repeat(np.arange(10), 4)})


def maker(name):
    return lambda: SPACES[name](**SMALL.get(name, {}))


@pytest.mark.parametrize("name", SPACES)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_genotype_of_a_space_builds(name, seed):
    rng, known = np.random.default_rng(seed), decisions(maker(name)())
    check_genotypes(maker(name), [{label: str(rng.choice(names)) for label, names in known.items()} for _ in range(2)])


@pytest.mark.parametrize("name", sorted(complete("objectives")))
def test_an_objective_changes_no_state_in_forward(name):
    check_objective(complete("objectives")[name](**OBJECTIVES.get(name, {})), 16)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("strategy", [name for name, cls in STRATEGIES.items() if cls.trained])
def test_any_space_runs_with_any_strategy(space, strategy):
    logs = check_search_step(maker(space), STRATEGIES[strategy](), FRAME, np.random.default_rng(0))
    assert "loss" in logs
