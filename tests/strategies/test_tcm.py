"""Twins Contrastive Mechanism: the two halves and their memories."""

import numpy as np
import pandas as pd
import pytest

from nasreid.errors import NasreidError
from nasreid.objectives.memory import Memory
from nasreid.relaxation import Softmax
from nasreid.strategies.shared_objectives import MemoryOptions
from nasreid.strategies.splits import Official, Overlapping
from nasreid.strategies.tcm import TCM

FRAME = pd.DataFrame({"identity": np.repeat(np.arange(10), 4)})


def test_the_paper_is_the_default():
    strategy = TCM()
    assert strategy.division == Overlapping(0.6, 0.8)
    assert type(strategy.relaxation) is Softmax
    assert strategy.memory == MemoryOptions(temperature=0.05, momentum=0.2, start="centroids", renormalise=False)


def test_the_split_is_drawn_or_official():
    assert TCM(0.5, 0.7).division == Overlapping(0.5, 0.7)
    assert TCM(split="official").division == Official()
    with pytest.raises(NasreidError, match="split official with train"):
        TCM(0.5, 0.7, split="official")


def test_another_split_is_refused():
    with pytest.raises(NasreidError, match="split 'fixed': expected random or official"):
        TCM(split="fixed")


def test_each_half_has_a_memory_of_its_own_classes():
    strategy = TCM(memory=MemoryOptions(temperature=0.1, renormalise=True))
    twins = strategy.objectives(16, strategy.split(FRAME, np.random.default_rng(0)))
    for half, classes in ((twins.weights, 6), (twins.architecture, 8)):
        assert isinstance(half, Memory)
        assert (half.memory.shape, half.temperature, half.renormalise) == ((classes, 16), 0.1, True)
