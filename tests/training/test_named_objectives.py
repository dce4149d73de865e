"""Other objectives in a strategy: what is shared, what is each step's own, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from nasreid.errors import NasreidError
from nasreid.network.network import with_neck
from nasreid.strategies.ce_darts import CEDarts
from nasreid.strategies.gumbel import Gumbel
from nasreid.strategies.tcm import TCM
from nasreid.training.engine import Budget
from nasreid.training.named_objectives import exchange, objective_of, refuse
from tests.spaces_for_tests import Tiny

FRAME = pd.DataFrame({"identity": np.repeat(np.arange(10) * 3, 4), "modality": "visible"})
CE, MEMORY, SAM = {"objective": "CrossEntropy"}, {"objective": "Memory"}, {"objective": "SpatialAlignment"}
NETWORK = with_neck(Tiny())


def exchanged(strategy, terms, architecture=None):
    split = strategy.split(FRAME, np.random.default_rng(0))
    return exchange(NETWORK, split, FRAME["identity"].to_numpy(), terms, architecture)


def test_a_classifier_is_shared_and_memories_are_not():
    twins = exchanged(CEDarts(), [CE, MEMORY, {**SAM, "weight": 0.1}])
    one, two = (list(t.objectives) for t in (twins.weights, twins.architecture))
    assert [a is b for a, b in zip(one, two, strict=True)] == [True, False, True]
    assert twins.weights.weights == [1.0, 1.0, 0.1]


def test_a_single_level_has_one_sum():
    assert exchanged(Gumbel(), [CE]).architecture is None


def test_the_steps_may_differ():
    twins = exchanged(TCM(), [CE, SAM], [MEMORY, SAM])
    one, two = (list(t.objectives) for t in (twins.weights, twins.architecture))
    assert one[1] is two[1]
    assert two[0].memory.shape == (8, 8)


@pytest.mark.parametrize(("strategy", "terms", "words"), [
    (TCM(), ([CE],), "CrossEntropy has a classifier, and this strategy's two steps see different identities"),
    (CEDarts(), ([MEMORY], [CE]), "CrossEntropy has weights that only the weight step could train"),
    (Gumbel(), ([CE], [CE]), "single level"),
    (CEDarts(), ([{"objective": "CE"}],), "'CE' is not among our objectives"),
    (CEDarts(), ([{"loss": "CrossEntropy"}],), "expected entries weight, objective, args"),
    (CEDarts(), ([{**CE, "weight": "heavy"}],), "weight is 'heavy'; expected a number"),
    (CEDarts(), ([{**CE, "weight": float("nan")}],), "weight is nan; expected a number"),
    (CEDarts(), ([{**CE, "weight": None}],), "weight is None; expected a number"),
    (CEDarts(), ([{**CE, "args": None}],), "expected a name, and args"),
    (CEDarts(), ([{"objective": 5}],), "expected a name, and args"),
    (CEDarts(), ([{**CE, "args": {"margin": 1}}],), "CrossEntropy has no argument 'margin'")])
def test_what_cannot_be_trained_is_refused_by_name(strategy, terms, words):
    with pytest.raises(NasreidError, match=words):
        exchanged(strategy, *terms)


@pytest.mark.parametrize(("name", "budget", "words"), [
    ("Triplet", Budget(k=1), "Triplet compares images of one identity; K is 1"),
    ("Triplet", Budget(p=1), "Triplet compares identities; P is 1"),
    ("C3MMD", Budget(), "C3MMD needs visible and infrared images; the data has visible ones only")])
def test_a_term_of_a_sum_is_refused_by_its_own_name(name, budget, words):
    with pytest.raises(NasreidError, match=words):
        refuse(exchanged(CEDarts(), [CE, {"objective": name}]), budget, FRAME)


def test_an_objective_gets_the_width_of_what_it_reads():
    network = with_neck(Tiny(), "fc")
    assert objective_of(CE, network, 3).classifier.in_features == 512
    assert objective_of(SAM, network, 3).query.in_channels == 8
