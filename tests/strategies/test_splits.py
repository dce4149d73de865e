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
    assert (one.classes, two.classes) == (round(train * identities), round(validation * identities))
    assert not set(one.rows.tolist()) & set(two.rows.tolist())
    common = seen(one, people) & seen(two, people)
    assert len(common) == max(0, one.classes + two.classes - identities)
    assert all((people["identity"].to_numpy()[part.rows] == c).sum() == 2 for part in (one, two) for c in common)


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
    (Disjoint(0.99), 10, "expected at least 2"), (Official(), 4, "needs at least 5 identities, got 4")])
def test_what_leaves_too_few_is_refused(division, identities, words):
    with pytest.raises(NasreidError, match=words):
        division(frame(identities), np.random.default_rng(0))
