"""What statistics refuse, by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.evaluation.inputs import check_margin, crossed, numbers

KEYS = ("dataset", "variant", "seed")


def frame(datasets: int = 2, variants: int = 2, seeds: int = 3) -> pd.DataFrame:
    rows = [(f"d{d}", f"v{v}", s, 100.0 * d + 10 * v + s)
            for d in range(datasets) for v in range(variants) for s in range(seeds)]
    return pd.DataFrame(rows, columns=[*KEYS, "mAP"])


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_moves_no_number_to_another_place(datasets, variants, seeds, random):
    table = frame(datasets, variants, seeds)
    order = list(table.index)
    random.shuffle(order)
    labels, values = crossed(table.loc[order], KEYS, "mAP")
    assert labels[0] == table.loc[order, "dataset"].unique().tolist()
    assert labels[2] == list(range(seeds))
    assert values.shape == (datasets, variants, seeds)
    for (d, v, s), value in np.ndenumerate(values):
        assert value == 100 * int(labels[0][d][1]) + 10 * int(labels[1][v][1]) + labels[2][s]


@given(st.integers(0, 11))
def test_a_missing_row_is_named(row):
    table = frame()
    gone = table.loc[row]
    named = f"dataset '{gone['dataset']}', variant '{gone['variant']}', seed {gone['seed']}"
    with pytest.raises(NasreidError, match=f"no row for {named}: expected every"):
        crossed(table.drop(index=row), KEYS, "mAP")


def test_all_that_are_missing_are_counted():
    with pytest.raises(NasreidError, match="seed 1 and 1 more: expected every dataset with every variant"):
        crossed(frame().drop(index=[4, 8]), KEYS, "mAP")


@pytest.mark.parametrize("value", [np.nan, np.inf, None, "much"])
def test_what_is_no_number_is_named(value):
    table = frame().astype({"mAP": object})
    table.loc[7, "mAP"] = value
    with pytest.raises(NasreidError, match=r"mAP of dataset 'd1', variant 'v0', seed 1: .*expected .*numbers"):
        crossed(table, KEYS, "mAP")


@pytest.mark.parametrize(("table", "said"), [
    (pd.concat([frame(), frame().loc[[5]]]), "dataset 'd0', variant 'v1', seed 2 comes twice"),
    (frame().drop(columns="seed"), "no column 'seed': expected dataset, variant, seed, mAP, found dataset, variant"),
    (pd.DataFrame(), "no column 'dataset'.*found none"),
    (frame().iloc[:0], "no rows"),
    (frame().astype({"seed": float}).replace({"seed": {1.0: np.nan}}), "row 2 has no seed"),
])  # fmt: skip
def test_odd_tables_are_refused(table, said):
    with pytest.raises(NasreidError, match=said):
        crossed(table, KEYS, "mAP")


def test_seeds_that_cannot_be_sorted_stay_in_their_order():
    table = frame(1, 1, 2).assign(seed=["b", 1])
    assert crossed(table, KEYS, "mAP")[0][2] == ["b", 1]


def test_numbers_are_refused_by_their_place():
    with pytest.raises(NasreidError, match="gains: number 2 is nan; expected finite numbers"):
        numbers([[1.0, 2.0], [3.0, np.nan]], "gains")
    with pytest.raises(NasreidError, match=r"gains of the shape \(1, 2\)"):
        numbers([[1.0, 2.0]], "gains", 1)
    with pytest.raises(NasreidError, match=r"gains of the shape \(\)"):
        numbers(1.0, "gains")
    with pytest.raises(NasreidError, match=r"gains: .*expected numbers"):
        numbers(["x"], "gains")
    with pytest.raises(NasreidError, match=r"gains: .*expected numbers"):
        numbers([[1.0], [1.0, 2.0]], "gains")


@pytest.mark.parametrize("margin", [-0.1, np.nan, np.inf])
def test_a_margin_is_a_size(margin):
    with pytest.raises(NasreidError, match=f"margin {margin}"):
        check_margin(margin)
    check_margin(0.0)
