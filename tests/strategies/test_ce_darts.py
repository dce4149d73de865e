"""CE-DARTS: one classifier, the same identities in both halves."""

import numpy as np
import pandas as pd

from nasreid.relaxation import GumbelSoftmax, Softmax
from nasreid.strategies.ce_darts import CEDarts
from nasreid.strategies.splits import Same

FRAME = pd.DataFrame({"identity": np.repeat(np.arange(3), 4)})


def test_softmax_and_the_same_identities_in_both_halves():
    strategy = CEDarts()
    assert (type(strategy.relaxation), strategy.division) == (Softmax, Same())
    assert type(CEDarts("GumbelSoftmax").relaxation) is GumbelSoftmax
    one, two = strategy.split(FRAME, np.random.default_rng(0)).both()
    assert set(one.labels) == set(two.labels) == {0, 1, 2}


def test_the_classifier_smooths_labels_when_asked():
    for strategy, smoothing in ((CEDarts(), 0.0), (CEDarts(smoothing=0.1), 0.1)):
        twins = strategy.objectives(8, strategy.split(FRAME, np.random.default_rng(0)))
        assert twins.weights is twins.architecture
        assert twins.weights.smoothing == smoothing
