"""What fits what, by trying."""

from nasreid.experiments.laws.fits import maker, own_objectives, refused_objective, refused_space
from tests.mutation.test_values import Numbers

EVERY = ("CEDarts", "SinglePath")


def test_a_number_that_leaves_its_layer_is_for_single_paths():
    found = refused_space(Numbers, EVERY)
    assert "value 'expansion'" in found["CEDarts"]
    assert "which Softmax cannot mix" in found["CEDarts"]
    assert not found["SinglePath"]
    assert refused_space(lambda: Numbers(wide=False), EVERY) == dict.fromkeys(EVERY, "")


def test_a_space_without_a_decision_is_for_nobody():
    assert set(refused_space(maker("Plain"), EVERY).values()) == {"space Plain has no open decision"}
    assert refused_space(maker("Micro"), EVERY) == dict.fromkeys(EVERY, "")


def test_a_strategy_has_objectives_of_its_own_and_says_which_others_it_cannot_take():
    assert own_objectives("Random") == set()
    assert "Memory" in own_objectives("TCM")
    assert not refused_objective("TCM", {"objective": "Triplet"})
    assert "expected one of" in refused_objective("TCM", {"objective": "Triplets"})
