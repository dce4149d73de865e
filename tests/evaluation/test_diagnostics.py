"""Diagnostics of a search, on trajectories made by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation import diagnostics


def trajectory(*epochs: dict[str, list[float]]) -> pd.DataFrame:
    """{label: probabilities of a, b, …} of each epoch."""
    return pd.DataFrame([{"epoch": e, "label": label, "candidate": "abcdef"[i], "probability": p}
                         for e, rows in enumerate(epochs) for label, values in rows.items()
                         for i, p in enumerate(values)])


A, B = [0.9, 0.1], [0.2, 0.8]


def test_entropy_is_one_when_uniform_and_nought_when_decided():
    table = diagnostics.decisions(trajectory({"x": [0.25] * 4, "y": [0.0, 1.0, 0.0, 0.0]}))
    assert np.allclose(table["entropy"], [1, 0])
    assert np.allclose(table["margin"], [0, 1])
    assert list(table["best"]) == ["a", "b"]


def test_a_genotype_settles_when_its_last_decision_does():
    path = trajectory({"x": A, "y": B}, {"x": B, "y": B}, {"x": B, "y": A}, {"x": B, "y": A})
    epoch, each = diagnostics.settled(path)
    assert (epoch, each) == (2, {"x": 1, "y": 2})


def test_a_genotype_that_never_changes_is_settled_from_the_start():
    assert diagnostics.settled(trajectory({"x": A}, {"x": A}))[0] == 0


def test_a_decision_that_came_back_counts_from_its_return():
    assert diagnostics.settled(trajectory({"x": A}, {"x": B}, {"x": A}))[0] == 2


def test_the_most_stable_genotype_is_the_most_frequent_one():
    assert diagnostics.most_stable(trajectory({"x": A}, {"x": A}, {"x": B})) == 1
    assert diagnostics.most_stable(trajectory({"x": A}, {"x": B})) == 1


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=4, max_size=4), min_size=2, max_size=6))
def test_agreement_is_one_minus_the_mean_hamming_distance(genotypes):
    choices = [dict(zip("wxyz", g, strict=True)) for g in genotypes]
    distances = [sum(p != q for p, q in zip(a, b, strict=True)) / 4
                 for i, a in enumerate(genotypes) for b in genotypes[:i]]
    mean, each = diagnostics.agreement(choices)
    assert mean == pytest.approx(1 - np.mean(distances))
    assert ((each >= 1 / 3 - 1e-12) & (each <= 1)).all()


def test_candidates_stand_in_one_order_whichever_is_taken_most():
    for most, least in (("in", "plain"), ("plain", "in")):
        assert list(diagnostics.histogram([{"s": most}, {"s": most}, {"s": least}])) == ["in", "plain"]


def test_candidates_that_only_others_took_have_a_column_of_nothing():
    table = diagnostics.histogram([{"s": "in"}, {"s": "in"}], {"plain", "in"})
    assert table.to_dict("index") == {"s": {"in": 1.0, "plain": 0.0}}


def test_shares_of_the_histogram_sum_to_one_in_the_order_of_the_labels():
    table = diagnostics.histogram([{"s10": "a", "s2": "b"}, {"s10": "a", "s2": "c"}])
    assert list(table.index) == ["s10", "s2"]
    assert np.allclose(table.sum(axis=1), 1)
    assert table.loc["s2", "c"] == 0.5


def test_a_decision_that_is_not_in_all_genotypes_has_the_share_of_those_that_have_it():
    one, two, three = {"op": "conv", "kernel": "3", "end": "x"}, {"op": "skip", "end": "x"}, {"op": "conv",
                                                                                             "kernel": "5", "end": "x"}
    table = diagnostics.histogram([two, one, three])
    assert list(table.index) == ["op", "kernel", "end"]
    assert table.loc["kernel"].to_dict() == pytest.approx({"3": 1 / 3, "5": 1 / 3, "conv": 0, "skip": 0, "x": 0})
    mean, each = diagnostics.agreement([one, two, three])
    assert mean == pytest.approx((1 / 3 + 2 / 3 + 1 / 3) / 3)
    assert each["op"] == pytest.approx(2 / 3)


def test_genotypes_of_different_spaces_are_refused():
    with pytest.raises(NasreidError, match="2 sets of decisions"):
        diagnostics.agreement([{"x": "a"}, {"y": "a"}])


def test_only_decisions_that_had_the_choice_count_as_free():
    sizes = {"x": {"a": 0, "b": 5}, "y": {"a": 0, "b": 3}, "z": {"a": 4, "b": 4}}
    assert diagnostics.free_share({"x": "a", "y": "b", "z": "a"}, sizes) == 0.5
    assert math.isnan(diagnostics.free_share({"z": "a"}, {"z": sizes["z"]}))


def test_a_collapsed_search_with_a_vanished_gradient_raises_every_alarm():
    path = trajectory(*[{"x": [0.501, 0.499]}] * 3, {"x": [0.499, 0.501]})
    metrics = pd.DataFrame({"name": ["alpha_gradient"] * 4, "value": [1e-9] * 4, "epoch": range(4)})
    sizes = {"a": 7, "b": 0}
    found = diagnostics.summary(path, metrics, {"x": sizes, "y": sizes, "z": sizes, "free": {"a": 0}},
                                {"x": "b", "y": "b", "z": "a", "free": "a"})
    assert found["alarms"][0].startswith("2 of 3 decisions between candidates with parameters and without took one")
    words = ["collapsed", "vanished", "uniform", "last epoch"]
    assert [word for alarm, word in zip(found["alarms"], words, strict=True) if word in alarm] == words


def test_one_decision_alone_is_no_collapse():
    metrics = pd.DataFrame({"name": ["alpha_gradient"], "value": [0.1], "epoch": [0]})
    path = trajectory({"x": A}, {"x": A}, {"x": A})
    assert diagnostics.summary(path, metrics, {"x": {"a": 0, "b": 7}}, {"x": "a"})["alarms"] == []


def test_a_good_search_raises_none():
    metrics = pd.DataFrame({"name": ["alpha_gradient", "validation_mAP"], "value": [0.1, 40.0], "epoch": [0, 2]})
    found = diagnostics.summary(trajectory({"x": A}, {"x": A}, {"x": A}), metrics, {"x": {"a": 7, "b": 0}}, {"x": "a"})
    assert found["alarms"] == []
    assert (found["validation_mAP_best"], found["validation_mAP_best_epoch"]) == (40.0, 2)


def test_a_search_whose_alphas_could_not_move_is_told_so():
    path = trajectory(*[{"x": [0.501, 0.499]}] * 3)
    metrics = pd.DataFrame({"name": ["alpha_gradient"], "value": [0.1], "epoch": [0]})
    for travel, words in ((0.01, "could move by 0.01 only, to 1.000 at best; expected a larger"), (3.0, "tie-break")):
        found = diagnostics.summary(path, metrics, {"x": {"a": 7, "b": 7}}, {"x": "a"}, travel)
        assert any(words in alarm for alarm in found["alarms"])
    p = 1 / (1 + np.exp(-2 * 3.0))
    assert found["least_entropy"] == pytest.approx(-(p * np.log(p) + (1 - p) * np.log(1 - p)) / np.log(2), abs=1e-4)


def test_alarms_are_read_from_a_run_folder(tmp_path):
    assert diagnostics.alarms_of(tmp_path) == []
    (tmp_path / "diagnostics.json").write_text('{"alarms": ["odd"]}')
    assert diagnostics.alarms_of(tmp_path) == ["odd"]
