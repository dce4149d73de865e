"""Vectors of length one, whatever their size and type."""

import numpy as np
import pytest

from nasreid.evaluation.distances import unit


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_rows_have_the_length_one_and_their_type(kind):
    found = unit(np.random.default_rng(0).normal(size=(5, 7)).astype(kind))
    assert found.dtype == kind
    assert np.allclose(np.linalg.norm(found.astype(float), axis=1), 1, atol=2e-3)


def test_squares_that_no_float32_can_hold_are_no_zeros():
    assert np.allclose(unit(np.array([[3e30, 4e30]], np.float32)), [[0.6, 0.8]])
