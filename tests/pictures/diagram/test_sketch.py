import pytest

from nasreid.errors import NasreidError
from nasreid.pictures.diagram.sketch import Sketch


@pytest.fixture
def sketch():
    made = Sketch()
    made.box("a", (0, 0), (20, 10), decision="first")
    made.box("b", (5, -30), (40, 10), "words")
    made.arrow("a", "b")
    made.frame("all", (-30, -40, 30, 10), "title")
    return made


def test_an_arrow_goes_straight_down_where_the_narrow_box_is(sketch):
    assert sketch.graph.edges["a", "b"]["path"] == [(0, -5), (0, -25)]


def test_the_corners_hold_everything(sketch):
    sketch.text("note", (100, 0), "n", 10)
    left, bottom, right, top = sketch.corners()
    assert (left, bottom, top) == (-30, -40, 10)
    assert right > 104


def test_another_sketch_is_put_beside(sketch):
    other = Sketch()
    other.box("c", (0, 0), (10, 10), decision="second")
    other.left_out.add("third")
    sketch.put(other, (50, 5))
    assert sketch.graph.nodes["c"]["at"] == (50, 5)
    assert sketch.decisions() == ["first", "second"]
    assert sketch.left_out == {"third"}


def test_names_are_unique_and_arrows_need_boxes(sketch):
    with pytest.raises(NasreidError, match="'a' is in the picture twice"):
        sketch.box("a", (9, 9), (1, 1))
    with pytest.raises(NasreidError, match="no box 'z' yet"):
        sketch.arrow("a", "z")
