"""Which identities and images train and validate."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.strategies.splits import Disjoint, Everything, Official, Overlapping, Same


def frame(identities: int, shots: int = 4) -> pd.DataFrame:
    return pd.DataFrame({"identity": np.repeat(np.arange(identities) * 7 + 3, shots)})


def seen(part, given):
    return set(given["identity"].to_numpy()[part.rows].tolist())


@given(st.integers(10, 30), st.sampled_from([0.2, 0.5, 0.6, 0.8, 1.0]), st.sampled_from([0.2, 0.5, 0.8, 1.0]),
       st.integers(0, 99))
def test_any_shares_of_identities_share_no_image(identities, train, validation, seed):
    people = frame(identities)
    one, two = Overlapping(train, validation)(people, np.random.default_rng(seed)).both()
    rounded = round(validation * identities)
    left = min(rounded, identities - one.classes) if train + validation <= 1 else rounded
    assert (one.classes, two.classes) == (round(train * identities), left)
    assert not set(one.rows.tolist()) & set(two.rows.tolist())
    common = seen(one, people) & seen(two, people)
    assert len(common) == max(0, one.classes + two.classes - identities)
    assert all((people["identity"].to_numpy()[part.rows] == c).sum() == 2 for part in (one, two) for c in common)


def test_two_halves_of_an_odd_number_have_nobody_in_common():
    one, two = Overlapping(0.5, 0.5)(frame(11), np.random.default_rng(0)).both()
    assert (one.classes, two.classes) == (6, 5)


def test_the_same_identities_are_the_overlap_of_all():
    people = frame(8)
    one, two = (division(people, np.random.default_rng(3)) for division in (Same(), Overlapping(1.0, 1.0)))
    assert all(np.array_equal(a.rows, b.rows) for a, b in zip(one.both(), two.both(), strict=True))


def test_everything_trains_on_one_level():
    split = Everything()(frame(3, 2), np.random.default_rng(0))
    assert split.parts() == [split.train]
    assert split.train.labels.tolist() == [0, 0, 1, 1, 2, 2]
    with pytest.raises(NasreidError, match="without a validation half"):
        split.both()


def test_the_official_split_is_fixed_by_label_order():
    one, two = Official()(frame(10), np.random.default_rng(0)).both()
    assert (one.classes, two.classes) == (6, 8)
    assert seen(one, frame(10)) == {3 + 7 * i for i in range(6)}
    assert seen(two, frame(10)) == {3 + 7 * i for i in range(2, 10)}


@pytest.mark.parametrize(("division", "identities", "words"), [
    (Overlapping(0.0, 0.5), 10, "train share 0.0"), (Overlapping(0.5, 0.1), 10, "validation share 0.1"),
    (Disjoint(0.99), 10, "expected at least 2"),
    (Overlapping(1.1, 0.5), 10, "train share 1.1"), (Overlapping(float("nan"), 0.5), 10, "train share nan"),
    (Disjoint(float("inf")), 10, "train share inf"), (Official(), 4, "needs at least 5 identities, got 4")])
def test_what_leaves_too_few_is_refused(division, identities, words):
    with pytest.raises(NasreidError, match=words):
        division(frame(identities), np.random.default_rng(0))


def test_images_of_an_identity_in_common_are_divided_evenly_whatever_their_number():
    one, two = Overlapping(1.0, 1.0)(frame(6, 7), np.random.default_rng(0)).both()
    assert np.bincount(one.labels).tolist() == [3] * 6
    assert np.bincount(two.labels).tolist() == [4] * 6


def test_the_shares_of_the_paper_are_the_default():
    one, two = Overlapping()(frame(10), np.random.default_rng(0)).both()
    assert (one.classes, two.classes) == (6, 8)


def test_labels_name_identities_in_their_order():
    people = frame(9)
    for part in Overlapping()(people, np.random.default_rng(1)).both():
        known = np.unique(people["identity"].to_numpy()[part.rows])
        assert np.array_equal(known[part.labels], people["identity"].to_numpy()[part.rows])


def test_disjoint_halves_share_nobody_and_keep_all_of_their_images():
    people = frame(10, 3)
    one, two = Disjoint()(people, np.random.default_rng(0)).both()
    assert (one.classes, two.classes) == (8, 2)
    assert not seen(one, people) & seen(two, people)
    assert sorted([*one.rows, *two.rows]) == list(range(30))


@pytest.mark.parametrize(("identities", "train", "classes"), [(4, 0.5, 2), (10, 0.2, 2), (10, 0.8, 8)])
def test_two_identities_in_a_half_are_enough(identities, train, classes):
    assert Disjoint(train)(frame(identities), np.random.default_rng(0)).train.classes == classes
    assert Overlapping(2 / identities, 1.0)(frame(identities), np.random.default_rng(0)).train.classes == 2


@pytest.mark.parametrize("train", [0.9, 0.1])
def test_one_identity_in_a_half_is_not_enough(train):
    with pytest.raises(NasreidError, match="expected at least 2 in each half"):
        Disjoint(train)(frame(10), np.random.default_rng(0))


def test_the_official_split_halves_the_images_of_the_middle_in_list_order():
    one, two = Official()(frame(5, 5), np.random.default_rng(0)).both()
    assert one.rows.tolist() == [0, 1, 2, 3, 4, 5, 6, 10, 11]  # identity by identity: 5, the first 2, the first 2
    assert one.labels.tolist() == [0] * 5 + [1] * 2 + [2] * 2
    assert two.rows.tolist() == [7, 8, 9, 12, 13, 14, *range(15, 25)]
    assert two.labels.tolist() == [0] * 3 + [1] * 3 + [2] * 5 + [3] * 5
    assert (one.classes, two.classes) == (3, 4)
