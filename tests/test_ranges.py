from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.batches.transforms import Augment, Plain
from nasreid.errors import NasreidError
from nasreid.experiments.scoring import Reading
from nasreid.experiments.trial_options import TrialOptions
from nasreid.optimisers import ArchitectureOptimiser, WeightOptimiser
from nasreid.pictures.gallery import Shown
from nasreid.ranges import one_spelling, real, whole
from nasreid.training.engine import Budget, Engine
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search

NAN, INF = float("nan"), float("inf")
WRONG = {
    Budget: [("epochs", 0), ("epochs", 10**9), ("p", 0), ("k", -1), ("height", 0), ("width", 10**9), ("p", 1.5)],
    Engine: [("workers", -1), ("workers", 10**6), ("cache_mib", -1), ("checkpoint_seconds", -1.0),
             ("checkpoint_seconds", NAN)],
    WeightOptimiser: [("lr", 0.0), ("lr", -1.0), ("lr", NAN), ("lr", INF), ("head_factor", NAN), ("weight_decay", -1.0),
                      ("weight_decay", NAN), ("momentum", 1.0), ("momentum", -0.1), ("warmup_factor", 0.0),
                      ("warmup_factor", 2.0), ("warmup_epochs", -1), ("milestones", (-1,)), ("milestones", (1.5,))],
    ArchitectureOptimiser: [("lr", NAN), ("weight_decay", -1.0), ("warmup_epochs", -1), ("betas", (NAN, 0.5)),
                            ("milestones", [-3])],
    lambda **one: Augment(**{"height": 8, "width": 8, **one}): [
        ("height", 0), ("width", 10**9), ("pad", -1), ("pad", 10**9), ("flip", NAN), ("erase", 2.0),
        ("jitter", (-1.0, 0.0, 0.0, 0.0)), ("jitter", (0.0, 0.0, 0.0, NAN)), ("jitter", (0.0, 0.0, 0.0, 0.6))],
    lambda **one: Plain(**{"height": 8, "width": 8, **one}): [("height", -8), ("width", 10**9)],
    TrialOptions: [("trials", 0), ("trial_epochs", 0), ("validation", 1.0), ("validation", NAN), ("concurrent", 0)],
    Reading: [("height", 0), ("batch_size", 0), ("workers", -1)],
    Shown: [("queries", -1), ("top", 0), ("negatives", -1), ("per_page", 0)],
    Search: [("seed", -1), ("seed", 2**32), ("seed", 0.5), ("validate_every", -1), ("validate_every", 0.5),
             ("seed", None), ("channels", None), ("warmup_weights", None)],
    lambda **one: Retrain("msinet", **one): [("seed", -1), ("seed", 2**32), ("seed", True), ("seed", None),
                                             ("frozen_epochs", "1"), ("frozen_epochs", 1.5), ("ema_epochs", 1.5),
                                             ("ema", 5.0), ("neck", None)],
}  # fmt: skip


@pytest.mark.parametrize(("make", "name", "value"), [(make, *one) for make, rows in WRONG.items() for one in rows])
def test_what_is_out_of_range_is_named_with_its_value_and_the_range(make, name, value):
    with pytest.raises(NasreidError, match=rf"{name}\b.* .*; expected|{name}\b.*: expected") as refused:
        make(**{name: value})
    said = str(list(value) if isinstance(value, list | tuple) else value)
    assert said in str(refused.value)


def test_the_ends_of_the_ranges_are_inside():
    assert Budget(1, 1, 1, 1, 1)
    assert Engine(workers=0, cache_mib=0, checkpoint_seconds=0)
    assert WeightOptimiser(weight_decay=0.0, momentum=0.0, warmup_epochs=0, warmup_factor=1.0, milestones=())
    assert Augment(4096, 4096, pad=0, jitter=(0.0, 0.0, 0.0, 0.5))
    assert TrialOptions(validation=0.0)
    assert Search(seed=2**32 - 1)


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-20, 20))
def test_a_whole_number_passes_just_where_it_is_inside(least, most, value):
    for one in (value, np.int64(value)):
        try:
            whole(SimpleNamespace(x=one), least, most, "x")
        except NasreidError:
            assert not least <= value <= most
        else:
            assert least <= value <= most


@given(st.floats(), st.booleans(), st.booleans())
def test_a_number_passes_just_where_it_is_inside(value, below, above):
    inside = (value > 0 if below else value >= 0) and (value < 1 if above else value <= 1)
    try:
        real(SimpleNamespace(x=value), 0, 1, "x", open_below=below, open_above=above)
    except NasreidError:
        assert not inside
    else:
        assert inside


@pytest.mark.parametrize("value", [True, "3", 10**400, -(10**400), [1]])
def test_what_is_no_number_of_the_range_is_refused(value):
    with pytest.raises(NasreidError, match=r"x is .*; expected a number from 0 up to 9"):
        real(SimpleNamespace(x=value), 0, 9, "x")
    real(SimpleNamespace(x=None), 0, 9, "x")


@pytest.mark.parametrize(("value", "kinds", "same"), [
    (1, (float, type(None)), 1.0), (1, (int, float), 1), (1, (str,), 1), (True, (float,), True),
    (2**60, (float,), 2**60)])  # fmt: skip
def test_a_whole_number_for_a_float_has_one_spelling(value, kinds, same):
    found = one_spelling(value, kinds)
    assert (found, type(found)) == (same, type(same))


@pytest.mark.parametrize("value", [True, "3", 2.0, [1]])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(NasreidError, match=r"x is .*a whole number"):
        whole(SimpleNamespace(x=value), 0, 9, "x")
    whole(SimpleNamespace(x=None), 0, 9, "x")
