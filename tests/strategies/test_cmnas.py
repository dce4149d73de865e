import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.strategies.cmnas import CMNAS
from nasreid.strategies.shared_objectives import MemoryOptions


@given(st.integers(10, 60), st.integers(0, 99))
def test_no_identity_is_in_both_parts_and_none_is_lost(number, seed):
    frame = pd.DataFrame({"identity": np.repeat(np.arange(number) * 7, 3)})
    split = CMNAS().split(frame, np.random.default_rng(seed))
    ids = frame["identity"].to_numpy()
    first, second = (set(ids[part.rows].tolist()) for part in split.both())
    assert not first & second
    assert len(first) == round(0.8 * number)
    assert len(first | second) == number


def test_too_few_identities_are_refused():
    with pytest.raises(NasreidError, match="expected at least 2"):
        CMNAS().split(pd.DataFrame({"identity": [1, 2, 3, 4]}), np.random.default_rng(0))


def test_the_temperature_of_the_search_is_not_that_of_the_memory():
    assert CMNAS(memory=MemoryOptions(temperature=0.3)).temperature(0, 10) == 1.0
