"""Going on until every variant is decided, and no further."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nasreid.errors import NasreidError
from nasreid.experiments.decided import Deciding


def frame(seeds, gaps):
    """Variants with that gap to the reference, which is noise of the seed."""
    rows = []
    for seed in seeds:
        noise = np.random.default_rng(seed).normal()
        rows += [{"variant": name, "seed": seed, "mAP": noise + gap * (1 + seed % 3)} for name, gap in gaps.items()]
    return pd.DataFrame(rows)


def test_seeds_are_added_until_all_are_decided():
    asked = []

    def run(seeds):
        asked.append(len(seeds))
        return frame(seeds, {"reference": 0.0, "good": 1.0, "bad": -1.0})

    found = Deciding(until_decided=True, max_seeds=30).until(run, 4, 2, "reference", "mAP")
    assert asked == list(range(2, 9))  # two pairs: 40 takes eight signs that agree
    assert found["seed"].min() == 4
    table = Deciding().verdicts(found, "reference", "mAP").set_index("variant")
    assert table["verdict"].to_dict() == {"good": "better", "bad": "worse"}
    assert (table["threshold"] == 40).all()
    assert table.loc["good", "better"] > 0.99
    assert table.loc["bad", "worse"] > 0.99


def test_what_is_small_is_equal_where_small_does_not_matter():
    same = frame(range(12), {"reference": 0.0, "same": 0.01})
    assert Deciding(rope=1.0).verdicts(same, "reference", "mAP")["verdict"].tolist() == ["equal"]
    assert Deciding().verdicts(same, "reference", "mAP")["verdict"].tolist() == ["better"]


def test_where_less_is_better_the_signs_turn():
    table = Deciding().verdicts(frame(range(9), {"reference": 0.0, "low": -1.0}), "reference", "mAP", less=True)
    assert table["verdict"].tolist() == ["better"]


def test_it_ends_at_the_most_seeds_and_without_the_option_at_once():
    asked = []

    def run(seeds):
        asked.append(len(seeds))
        return frame(seeds, {"reference": 0.0, "twin": 0.0})

    Deciding(until_decided=True, max_seeds=5).until(run, 0, 3, "reference", "mAP")
    assert asked == [3, 4, 5]
    asked.clear()
    Deciding().until(run, 0, 3, "reference", "mAP")
    assert asked == [3]


def test_only_seeds_that_both_have_count():
    part = frame(range(9), {"reference": 0.0, "good": 1.0})
    part = part[(part["variant"] == "good") | (part["seed"] < 4)]
    assert Deciding().verdicts(part, "reference", "mAP")[["n", "verdict"]].to_numpy().tolist() == [[4, "undecided"]]


@pytest.mark.parametrize(("options", "words"), [({"rope": -1.0}, "rope is -1.0"), ({"alpha": 0.0}, "alpha is 0.0"),
                                                ({"alpha": 1.0}, "alpha is 1.0"),
                                                ({"max_seeds": 0}, "max_seeds is 0")])
def test_numbers_out_of_range_are_refused(options, words):
    with pytest.raises(NasreidError, match=words):
        Deciding(**options)
    assert Deciding(max_seeds=1).max_seeds == 1


def test_a_reference_that_never_ran_is_told():
    with pytest.raises(NasreidError, match="reference 'none' has no finished run; expected one of a"):
        Deciding().verdicts(frame(range(2), {"a": 0.0}), "none", "mAP")
