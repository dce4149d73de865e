import numpy as np
import pandas as pd
import pytest
from PIL import Image

from nasreid.errors import NasreidError
from nasreid.pictures import trajectories as pictures
from nasreid.pictures.colours import MORE, PALETTE, colours
from nasreid.pictures.drawn import SUFFIXES


def trajectory(labels, names=("none", "gate"), epochs=4):
    rows = [
        (epoch, label, name, (0.5 + 0.1 * epoch) if k == i % len(names) else (0.5 - 0.1 * epoch) / (len(names) - 1))
        for epoch in range(epochs) for i, label in enumerate(labels) for k, name in enumerate(names)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["epoch", "label", "candidate", "probability"])


METRICS = pd.DataFrame(
    [(step, name, np.exp(-step / 9)) for step in range(30) for name in ("weights", "architecture", "rate", "rank-1")],
    columns=["step", "name", "value"],
)


def colour_share(path, colour):
    pixels = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
    return (pixels == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all(1).mean()


def test_probabilities_are_drawn_in_the_colours_of_the_diagram(tmp_path):
    path = tmp_path / "run/probabilities.png"
    pictures.probabilities(trajectory([f"cell{c}.i{i}" for c in (1, 2, 3) for i in (1, 2)], ("exchange", "gate")), path)
    for colour in colours(["exchange", "gate"]).values():
        assert colour_share(path, colour) > 0.001
    assert [found.name for found in path.parent.iterdir()] == ["probabilities.png"]


def test_numbers_are_grey_and_stand_at_their_lines(tmp_path):
    path = tmp_path / "numbers.svg"
    pictures.probabilities(trajectory(["depth"], ("1", "2")), path)
    drawn = path.read_text()
    assert "<!-- 1 -->" in drawn
    assert "<!-- 2 -->" in drawn
    assert "legend" not in drawn
    assert not [colour for colour in (*PALETTE, *MORE) if colour.lower() in drawn]


def test_names_of_one_colour_have_lines_of_their_own():
    assert pictures._dashes({"none": "#C8C8C8", "conv3": "#0072B2", "skip": "#C8C8C8"}) == {
        "none": "-", "conv3": "-", "skip": "--"}


def test_the_colours_of_the_diagram_may_be_given(tmp_path):
    path = tmp_path / "given.png"
    pictures.probabilities(trajectory(["slot"], ("conv3", "pool")), path, {"conv3": "#123456", "pool": "#654321"})
    assert min(colour_share(path, "#123456"), colour_share(path, "#654321")) > 0.0005


@pytest.mark.parametrize("count", [2, 9, 25])
def test_a_legend_of_many_long_names_stays_inside(count):
    names = [f"a_long_operation_{i}" for i in range(count)]
    for decisions in (1, 12):
        drawing, _ = pictures._panels([f"slot{i}" for i in range(decisions)], dict.fromkeys(names, "#0072B2"))
        drawing.draw_without_rendering()
        box = drawing.legends[0].get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= drawing.bbox.width
        assert box.y0 > max(axes.title.get_window_extent().y1 for axes in drawing.axes if axes.get_visible())


def test_like_groups_become_columns_and_others_are_broken_into_rows():
    rows, columns, places = pictures._grid([f"cell{c}.i{i}" for c in range(6) for i in range(2)])
    assert (rows, columns, places["cell4.i1"]) == (2, 6, (1, 4))
    for count in (1, 2, 7, 53):
        rows, columns, places = pictures._grid([f"slot{i}" for i in range(count)])
        assert len(set(places.values())) == count <= rows * columns
        assert all(r < rows and c < columns for r, c in places.values())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_one_decision_and_one_epoch_suffice(tmp_path, suffix):
    path = tmp_path / f"one{suffix}"
    pictures.probabilities(trajectory(["block"], epochs=1), path)
    assert path.stat().st_size > 1000


def test_curves_are_drawn_one_plot_per_name(tmp_path):
    pictures.curves(METRICS, tmp_path / "curves.svg")
    words = (tmp_path / "curves.svg").read_text()
    assert all(f"<!-- {name} -->" in words for name in ("weights", "architecture", "rate", "rank-1", "step"))


def test_pictures_are_the_same_every_time(tmp_path):
    for name in ("a.png", "b.png"):
        pictures.curves(METRICS, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("draw", [pictures.probabilities, pictures.curves])
def test_bad_input_is_named(draw, tmp_path):
    with pytest.raises(NasreidError, match=r"p\.png.*expected rows with the columns"):
        draw(METRICS.drop(columns="step"), tmp_path / "p.png")
    with pytest.raises(NasreidError, match="expected rows"):
        draw(METRICS.iloc[:0], tmp_path / "p.png")
    with pytest.raises(NasreidError, match=r"p\.gif'.*ends in \.png"):
        draw(trajectory(["a"]).assign(step=1, name="x", value=1.0), tmp_path / "p.gif")
    assert not list(tmp_path.iterdir())
