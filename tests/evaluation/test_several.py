"""Several data sets at once: by hand, against scipy, and on planted differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nasreid.errors import NasreidError
from nasreid.evaluation import several, statistics
from nasreid.evaluation.bootstrap import Bootstrap
from nasreid.evaluation.several import Several, normalised

FEW = Bootstrap(draws=200)
HAND = {
    "market": {"random": [60.0, 62.0], "a": [70.0, 72.0], "b": [60.0, 80.0]},
    "msmt": {"random": [20.0, 20.0], "a": [24.0, 26.0], "b": [20.0, 15.0]},
}
shapes = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(0, 999))


def drawn(shape: tuple[int, int, int, int]) -> Several:
    """Scores of this shape (T, V, S) from a seed, rounded to have ties."""
    values = np.random.default_rng(shape[3]).normal(50, 3, shape[:3]).round()
    return Several.of({f"d{t}": {f"v{v}": runs for v, runs in enumerate(some)} for t, some in enumerate(values)})


def value(table: pd.DataFrame, column: str, **where: str) -> float:
    for name, this in where.items():
        table = table[table[name] == this]
    return table[column].item()


def test_a_frame_and_a_dict_are_the_same():
    rows = [(dataset, variant, seed, score) for dataset, variants in HAND.items()
            for variant, scores in variants.items() for seed, score in enumerate(scores)]
    frame = pd.DataFrame(rows, columns=["dataset", "variant", "seed", "mAP"])
    found, other = Several.of(frame, "mAP"), Several.of(HAND)
    assert (found.datasets, found.variants) == (other.datasets, other.variants) == (tuple(HAND), ("random", "a", "b"))
    assert np.array_equal(found.values, other.values)
    assert found.runs("b").tolist() == [[60, 80], [20, 15]]


@pytest.mark.parametrize(("scores", "said"), [
    ({"x": {"a": [1.0], "b": [1.0]}, "y": {"a": [1.0]}}, "no row for dataset 'y', variant 'b', seed 0"),
    ({"x": {"a": [1.0, 2.0], "b": [1.0]}}, "no row for dataset 'x', variant 'b', seed 1"),
    ({"x": {"a": [1.0, np.nan]}}, "data set 'x', variant 'a', scores: number 2 is nan"),
    ({"x": {"a": [1.0]}, "y": {"a": []}}, "data set 'y', variant 'a': no runs"),
    ({"x": {"a": [1.0]}, "y": {}}, "data set 'y': no variants"),
    ({}, "no rows"),
    (pd.DataFrame({"dataset": ["x"], "variant": ["a"]}), "no column 'seed'"),
])  # fmt: skip
def test_what_lacks_is_refused_by_name(scores, said):
    with pytest.raises(NasreidError, match=said):
        Several.of(scores)


def test_scores_between_two_variants_by_hand():
    found = normalised(Several.of(HAND), "random", "a")
    assert found.runs("random") == pytest.approx(np.array([[-0.1, 0.1], [0, 0]]))
    assert found.runs("a") == pytest.approx(np.array([[0.9, 1.1], [0.8, 1.2]]))
    assert found.runs("b") == pytest.approx(np.array([[-0.1, 1.9], [0, -1]]))


def test_scores_below_the_best_of_each_data_set_and_between_numbers():
    found = normalised(Several.of(HAND), {"market": 0.0, "msmt": 0.0, "other": np.nan})
    assert found.values.mean(2).max(1) == pytest.approx([1, 1])
    found = normalised(Several.of(HAND), "random", {"market": 161.0, "msmt": 120.0})
    assert found.runs("a") == pytest.approx(np.array([[0.09, 0.11], [0.04, 0.06]]))


@given(shapes.filter(lambda shape: shape[1] > 1), st.floats(0.1, 9), st.floats(-99, 99))
def test_the_unit_and_the_origin_of_a_data_set_do_not_matter(shape, unit, origin):
    scores = drawn(shape)
    moved = Several(scores.datasets, scores.variants, scores.values * unit + origin)
    found = normalised(scores, dict.fromkeys(scores.datasets, 40.0), dict.fromkeys(scores.datasets, 60.0))
    again = normalised(moved, *(dict.fromkeys(scores.datasets, end * unit + origin) for end in (40, 60)))
    assert found.values == pytest.approx(again.values, abs=1e-9)


@pytest.mark.parametrize(("arguments", "said"), [
    (("b", "random"), "data set 'market': one is 61 and zero 70; expected one above zero"),
    (("random", "random"), "data set 'market': one is 61 and zero 61"),
    (("rondom",), "variant 'rondom' .did you mean 'random'.*: expected one of random, a, b"),
    (({"market": 1.0},), "no reference for data set 'msmt'"),
    (({"market": 1.0, "msmt": np.nan},), "reference of data set 'msmt': number 1 is nan"),
])  # fmt: skip
def test_references_that_make_no_scale_are_refused(arguments, said):
    with pytest.raises(NasreidError, match=said):
        normalised(Several.of(HAND), *arguments)


def test_the_interquartile_mean_by_hand():
    scores = Several.of({"x": {"a": [1.0, 2.0, 3.0, 100.0]}, "y": {"a": [-50.0, 4.0, 5.0, 6.0]}})
    found = several.interquartile_means(scores, FEW)
    assert found["iqm"].item() == pytest.approx((2 + 3 + 4 + 5) / 4)  # of 8 two are cut off at either end
    assert found["low"].item() <= found["iqm"].item() <= found["high"].item()
    three = several.interquartile_means(Several.of({"x": {"a": [1.0, 2.0, 9.0]}}), FEW)
    assert three["iqm"].item() == 4


@given(shapes)
def test_the_interquartile_mean_is_scipys_and_within_the_runs(shape):
    scores = drawn(shape)
    found = several.interquartile_means(scores, Bootstrap(draws=20))
    assert found["variant"].tolist() == list(scores.variants)
    for variant, iqm in zip(found["variant"], found["iqm"], strict=True):
        assert iqm == pytest.approx(stats.trim_mean(scores.runs(variant).ravel(), 0.25))
    assert found[["low", "high"]].isna().all(axis=None) == (shape[2] < 2)


@given(shapes.filter(lambda shape: shape[1] > 1))
def test_the_probability_of_improvement_is_the_mean_superiority(shape):
    scores = drawn(shape)
    found = several.improvement(scores, "v0", Bootstrap(draws=20))
    assert found["variant"].tolist() == list(scores.variants[1:])
    for variant, probability in zip(found["variant"], found["probability"], strict=True):
        each = [statistics.superiority(ours, theirs)
                for ours, theirs in zip(scores.runs(variant), scores.runs("v0"), strict=True)]
        assert probability == pytest.approx(np.mean(each))


def test_the_probability_of_improvement_by_hand():
    found = several.improvement(Several.of(HAND), "random", FEW)
    assert value(found, "probability", variant="a") == 1
    assert value(found, "probability", variant="b") == pytest.approx((2.5 / 4 + 1 / 4) / 2)


def test_intervals_of_planted_differences_hold_them():
    rng, held = np.random.default_rng(0), []
    truth = stats.norm.cdf(1 / 2**0.5)  # one sd ahead on both
    for _ in range(100):
        values = rng.normal(size=(2, 2, 10)) + np.array([0.0, 1.0])[:, None]
        scores = Several(("x", "y"), ("a", "b"), values)
        row = several.improvement(scores, "a", FEW).iloc[0]
        held.append(row["low"] <= truth <= row["high"])
    assert np.mean(held) >= 0.88


def test_intervals_are_of_what_they_stand_beside():
    scores = Several.of({"x": {"a": [1.0, 2.0, 3.0, 100.0]}, "y": {"a": [-50.0, 4.0, 5.0, 6.0]}})
    piles = scores.drawn("a", FEW).reshape(200, -1)
    found = several.interquartile_means(scores, FEW).iloc[0]
    assert (found["low"], found["high"]) == FEW.ends(np.sort(piles, 1)[:, 2:6].mean(1), 4)
    found = several.profile(scores, [2.5], FEW).iloc[0]
    assert (found["low"], found["high"]) == FEW.ends((piles > 2.5).sum(1) / 8, 4)
    two = Several.of({"x": {"a": [1.0, 2.0], "b": [3.0, 8.0]}, "y": {"a": [4.0, 5.0], "b": [2.0, 6.0]}})
    ratio = two.drawn("b", FEW)[:, 1].mean(1) / two.drawn("a", FEW)[:, 1].mean(1)
    found = several.relative(two, "a", FEW).iloc[1]
    assert (found["low"], found["high"]) == pytest.approx(FEW.ends(100 * (ratio - 1), 2))


def test_a_profile_by_hand():
    found = several.profile(Several.of(HAND), [15.0, 24.0, 70.0], FEW)
    shares = {variant: rows["share"].tolist() for variant, rows in found.groupby("variant")}
    assert shares == {"random": [1, 0.5, 0], "a": [1, 0.75, 0.25], "b": [0.75, 0.5, 0.25]}


@given(shapes, st.lists(st.floats(40, 60), min_size=1, max_size=5).map(sorted))
def test_a_profile_falls_from_one_to_zero(shape, thresholds):
    found = several.profile(drawn(shape), [0.0, *thresholds, 1000.0], Bootstrap(draws=20))
    for _, rows in found.groupby("variant"):
        assert (np.diff(rows["share"]) <= 0).all()
        assert (rows["share"].iloc[0], rows["share"].iloc[-1]) == (1, 0)
        assert ((rows["low"] <= rows["high"]) | rows["low"].isna()).all()


def test_relative_improvement_by_hand():
    found = several.relative(Several.of(HAND), "random", FEW)
    assert value(found, "improvement", dataset="market", variant="a") == pytest.approx(100 * (71 - 61) / 61)
    assert value(found, "improvement", dataset="msmt", variant="a") == pytest.approx(25)
    assert value(found, "improvement", dataset="msmt", variant="b") == pytest.approx(-12.5)
    assert value(found, "low", dataset="msmt", variant="b") == pytest.approx(-25)
    assert value(found, "high", dataset="msmt", variant="b") == pytest.approx(0)


def test_a_reference_at_zero_has_nothing_relative_to_it():
    scores = Several.of({"x": {"random": [0.0, 1.0], "a": [1.0, 1.0]}})
    with pytest.raises(NasreidError, match="data set 'x': 'random' has a run of 0; expected more than 0"):
        several.relative(scores, "random")


@pytest.mark.parametrize("function", [several.improvement, several.relative])
def test_a_reference_that_is_not_there_is_refused(function):
    with pytest.raises(NasreidError, match="variant 'c': expected one of"):
        function(Several.of(HAND), "c")


def test_one_variant_has_none_to_be_compared_with():
    scores = Several.of({"x": {"a": [1.0, 2.0]}})
    assert several.improvement(scores, "a", FEW).columns.tolist() == ["variant", "probability", "low", "high"]
    assert not len(several.relative(scores, "a", FEW))


def test_the_seed_fixes_the_intervals():
    scores = Several.of(HAND)
    first = several.interquartile_means(scores)
    assert first.equals(several.interquartile_means(scores))
    assert not first.equals(several.interquartile_means(scores, Bootstrap(level=0.5)))
