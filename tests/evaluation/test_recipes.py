"""Rankings by two recipes."""

from __future__ import annotations

import pandas as pd
import pytest

from nasreid.evaluation.recipes import by_recipe, survival


def frame(*recipes):
    """recipes: (name, {variant: mean}); three searches of two retrainings each."""
    return pd.DataFrame([
        {"recipe": recipe, "variant": variant, "seed": seed, "retraining": number,
         "mAP": mean + 0.1 * seed + 0.01 * number}
        for recipe, means in recipes for variant, mean in means.items() for seed in range(3) for number in range(2)])


def test_means_are_over_searches_and_ranks_within_a_recipe():
    table = by_recipe(frame(("short", {"a": 1.0, "b": 2.0}), ("long", {"a": 9.0, "b": 8.0})))
    assert table["rank"].tolist() == [2, 1, 1, 2]
    assert table["n"].tolist() == [3] * 4
    assert table["mean"].tolist() == pytest.approx([1.105, 2.105, 9.105, 8.105])
    assert table["high"][0] - table["mean"][0] == pytest.approx(4.303 * 0.1 / 3**0.5, abs=1e-3)


def test_pairs_that_turn_are_counted_and_named_where_both_orders_are_beyond_doubt():
    (found,) = survival(frame(("short", {"a": 1.0, "b": 2.0, "c": 5.0}),
                              ("long", {"a": 9.0, "b": 8.0, "c": 10.0}))).to_dict("records")
    assert (found["pairs"], found["kept"], found["reversed"]) == (3, 2, "a, b")
    assert found["tau"] == pytest.approx(1 / 3)


def test_a_turn_within_the_noise_is_not_named():
    noisy = frame(("short", {"a": 1.0, "b": 1.0}), ("long", {"a": 1.0, "b": 1.0}))
    noisy.loc[(noisy["recipe"] == "short") & (noisy["variant"] == "a") & (noisy["seed"] == 0), "mAP"] += 3
    noisy.loc[(noisy["recipe"] == "long") & (noisy["variant"] == "b") & (noisy["seed"] == 0), "mAP"] += 3
    (found,) = survival(noisy).to_dict("records")
    assert (found["kept"], found["reversed"]) == (0, "")
