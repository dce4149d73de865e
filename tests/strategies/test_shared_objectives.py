"""Objectives that several strategies share."""

import numpy as np

from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.strategies.shared_objectives import MemoryOptions, one_classifier
from nasreid.strategy import Part, Split

PART = Part(np.arange(4), np.array([0, 1, 2, 0]), 3)


def test_a_memory_has_the_options_and_the_classes_of_its_half():
    made = MemoryOptions(0.3, 0.7, "zeros", True).of(PART, 5)
    assert (made.memory.shape, made.temperature, made.momentum) == ((3, 5), 0.3, 0.7)
    assert (made.needs_start, made.renormalise) == (False, True)


def test_the_options_are_those_of_the_paper():
    made = MemoryOptions().of(PART, 5)
    assert (made.temperature, made.momentum, made.needs_start, made.renormalise) == (0.05, 0.2, True, False)


def test_one_classifier_serves_both_steps():
    for smoothing in (None, 0.2):
        options = {} if smoothing is None else {"smoothing": smoothing}
        twins = one_classifier(5, Split(PART, Part(np.arange(2), np.arange(2), 2)), **options)
        assert isinstance(twins.weights, CrossEntropy)
        assert twins.weights is twins.architecture
        assert (twins.weights.classifier.weight.shape, twins.weights.smoothing) == ((3, 5), smoothing or 0)
