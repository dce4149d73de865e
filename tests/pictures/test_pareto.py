"""The picture of accuracy against cost."""

import pandas as pd
import pytest

from nasreid.errors import NasreidError
from nasreid.pictures.pareto import drawn, pareto

FRAME = pd.DataFrame({"mAP": [10.0, 30.0, 20.0], "multiply_adds": [1e6, 3e6, 4e6], "front": [True, True, False]})


def test_dots_and_front_are_where_the_table_has_them():
    axes = drawn(FRAME, "multiply_adds").axes[0]
    lines = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in axes.lines]
    assert ([4.0], [20.0]) in lines
    assert lines.count(([1.0, 3.0], [10.0, 30.0])) == 2
    assert axes.get_xlabel() == "multiply-adds of one image in millions"


def test_bars_of_errors_are_drawn_where_they_are_given():
    axes = drawn(FRAME.assign(low=FRAME["mAP"] - 1, high=FRAME["mAP"] + 1), "multiply_adds").axes[0]
    assert [segment[:, 1].tolist() for segment in axes.collections[0].get_segments()] == [[9, 11], [29, 31]]


def test_it_is_written_or_refused(tmp_path):
    pareto(FRAME, tmp_path / "a.svg")
    assert "<svg" in (tmp_path / "a.svg").read_text()
    with pytest.raises(NasreidError, match="expected rows with the columns mAP, parameters, front"):
        pareto(FRAME, tmp_path / "b.svg", "parameters")
