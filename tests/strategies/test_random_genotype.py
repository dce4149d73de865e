"""Random genotypes."""

from collections import Counter

import numpy as np
import pytest

from nasreid.errors import NasreidError
from nasreid.strategies.random_genotype import Random
from nasreid.strategy import Part, Split


def test_candidates_are_drawn_uniformly_whatever_their_probability():
    rows, rng = {"a": {"x": 0.98, "y": 0.01, "z": 0.01}, "b": {"x": 0.5, "y": 0.5}}, np.random.default_rng(0)
    drawn = [Random().choose(rows, rng) for _ in range(3000)]
    for label, row in rows.items():
        counts = Counter(choices[label] for choices in drawn)
        assert set(counts) == set(row)
        assert all(count == pytest.approx(3000 / len(row), rel=0.1) for count in counts.values())


def test_it_trains_nothing():
    assert not Random().trained
    with pytest.raises(NasreidError, match="has no objectives"):
        Random().objectives(8, Split(Part(np.arange(2), np.arange(2), 2)))
