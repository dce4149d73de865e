import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.objectives.c3mmd import C3MMD
from nasreid.objectives.cross_triplet import CrossModalityTriplet
from nasreid.strategies.cmnas import CMNAS, CMNASLoss
from nasreid.strategies.shared_objectives import MemoryOptions
from nasreid.strategies.splits import Disjoint


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


FRAME = pd.DataFrame({"identity": np.repeat(np.arange(10), 4)})


def parts(strategy):
    """(classification, triplet, modalities) of each step."""
    twins = strategy.objectives(8, strategy.split(FRAME, np.random.default_rng(0)))
    for objective in (twins.weights, twins.architecture):
        assert objective.weights == [1.0, 1.0, 1.0]
        yield tuple(objective.objectives)


def test_equation_10_has_the_numbers_of_the_paper():
    for _, triplet, modalities in parts(CMNAS()):
        assert isinstance(triplet, CrossModalityTriplet)
        assert isinstance(modalities, C3MMD)
        assert (triplet.margin, modalities.weights, modalities.cmmd.root) == (0.4, (0.05, 5.0), True)


def test_the_weights_have_a_classifier_and_the_architecture_a_memory():
    options = {"smoothing": 0.1, "memory": MemoryOptions(temperature=0.3), "loss": CMNASLoss(0.1, 0.2, 0.3, False)}
    (classifier, triplet, modalities), (memory, *_) = parts(CMNAS(**options))
    assert (classifier.classifier.out_features, classifier.smoothing) == (8, 0.1)
    assert (memory.memory.shape, memory.temperature) == ((2, 8), 0.3)
    assert (triplet.margin, modalities.weights, modalities.cmmd.root) == (0.1, (0.2, 0.3), False)
    assert next(parts(CMNAS()))[0].smoothing == 0


def test_a_share_of_the_identities_is_for_the_weights():
    assert CMNAS().division == Disjoint(0.8)
    assert CMNAS(0.6).division == Disjoint(0.6)


def test_the_temperature_of_the_search_is_not_that_of_the_memory():
    assert CMNAS(memory=MemoryOptions(temperature=0.3)).temperature(0, 10) == 1.0
