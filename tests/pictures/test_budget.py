"""The picture of regret over cost: what it says, in colours and without."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from nasreid.errors import NasreidError
from nasreid.pictures.budget import CHANCE, budget, drawn
from nasreid.pictures.colours import palette

NAMES = ["evolution", "tpe", "random", "$a$ _x"]


def bands(names=NAMES, budgets=40, images=5000.0):
    at = np.arange(1, budgets + 1)
    parts = [{"strategy": name, "images": images * at, "low": (i + 1) / at, "median": (i + 2) / at,
              "high": (i + 4) / at} for i, name in enumerate(names)]
    return pd.concat([pd.DataFrame(part) for part in parts])


def told(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_each_strategy_has_a_line_a_band_and_a_mark_of_its_own():
    figure = drawn(bands(), 6.5, "images", "points of mAP")
    (axes,) = figure.axes
    lines = {line.get_marker(): line for line in axes.get_lines() if line.get_marker() != "None"}
    assert len(lines) == len(axes.collections) == len(NAMES)
    for line, (name, colour) in zip(lines.values(), palette(NAMES).items(), strict=True):
        part = bands().groupby("strategy").get_group(name)
        assert line.get_color() == colour
        assert line.get_linestyle() == "-"
        np.testing.assert_allclose(line.get_xydata(), part[["images", "median"]].to_numpy() / [1000, 1])
    for band, name in zip(axes.collections, NAMES, strict=True):
        part, corners = bands().groupby("strategy").get_group(name), band.get_paths()[0].vertices
        assert (corners[:, 1].min(), corners[:, 1].max()) == (part["low"].min(), part["high"].max())


def test_axes_begin_at_nothing_and_say_what_they_count():
    figure = drawn(bands(), 6.5, "images", "points of mAP")
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("images, thousands", "regret, points of mAP")
    assert axes.get_xlim()[0] == axes.get_ylim()[0] == 0
    assert 200 <= axes.get_xlim()[1] < 220
    assert 7 <= axes.get_ylim()[1] < 8
    other = drawn(bands(images=1e6).rename(columns={"images": "seconds"}), None, "seconds", "points of rank-1")
    assert other.axes[0].get_xlabel() == "seconds, millions"
    assert drawn(bands(images=1), None, "images", "points").axes[0].get_xlabel() == "images"


def test_chance_is_the_only_dashed_line_and_the_legend_goes_as_the_lines_end():
    figure = drawn(bands(), 0.07, "images", "points of mAP")
    (dashed,) = [line for line in figure.axes[0].get_lines() if line.is_dashed()]
    assert set(dashed.get_ydata()) == {0.07}
    assert told(figure) == ["$a$ _x", "random", "tpe", CHANCE, "evolution"]
    assert told(drawn(bands(), None, "images", "points of mAP")) == ["$a$ _x", "random", "tpe", "evolution"]


def test_nothing_is_cut_off():
    figure = drawn(bands(["a strategy with a name that says what it does, and with which arguments", "b"]), 3.0,
                   "images", "points of mAP")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    page = figure.bbox
    for part in (figure.legends[0], *figure.axes):
        box = part.get_tightbbox(canvas.get_renderer())
        assert (page.x0 <= box.x0, box.x1 <= page.x1, page.y0 <= box.y0, box.y1 <= page.y1) == (True,) * 4
    assert figure.axes[0].get_position().width * figure.get_figwidth() > 3


def test_the_files_hold_words_and_colours(tmp_path):
    for name in ("a.svg", "a.png", "b.png"):
        budget(bands(), tmp_path / "run" / name, chance=6.5)
    words = (tmp_path / "run" / "a.svg").read_text()
    assert all(f"<!-- {text} -->" in words for text in (*NAMES, CHANCE, "images, thousands"))
    assert (tmp_path / "run" / "a.png").read_bytes() == (tmp_path / "run" / "b.png").read_bytes()
    with Image.open(tmp_path / "run" / "a.png") as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    for colour in palette(NAMES).values():
        assert (pixels == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all(1).sum() > 200


def test_bad_input_is_named(tmp_path):
    with pytest.raises(NasreidError, match="expected rows with the columns strategy, seconds, low, median, high"):
        budget(bands(), tmp_path / "a.png", against="seconds")
    with pytest.raises(NasreidError, match="expected rows"):
        budget(bands().iloc[:0], tmp_path / "a.png")
    with pytest.raises(NasreidError, match=r"ends in \.png"):
        budget(bands(), tmp_path / "a.gif")
    assert not list(tmp_path.iterdir())


def test_a_search_with_one_budget_is_a_mark_with_a_line_of_its_own_colour():
    once = pd.DataFrame({"strategy": ["TCM"], "images": [12_000.0], "low": [1.0], "median": [2.0], "high": [4.0]})
    figure = drawn(bands(), None, "images", "points of mAP", once)
    tones = palette(["TCM", *NAMES])
    (mark,) = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o" and len(line.get_xdata()) == 1]
    assert (mark.get_color(), mark.get_xydata().tolist()) == (tones["TCM"], [[12.0, 2.0]])
    (line,) = [line for line in figure.axes[0].get_lines() if line.get_xydata().tolist() == [[12, 1], [12, 4]]]
    assert line.get_color() == tones["TCM"]
    assert "TCM" in told(figure)
    assert len(told(figure)) == len(NAMES) + 1
