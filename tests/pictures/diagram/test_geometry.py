import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nasreid.pictures.diagram.geometry import COLUMNS, arrange, spline

BOX = (84.0, 40.0)
GROUPS = st.lists(st.integers(1, 5), max_size=25).map(
    lambda sizes: {f"g{i}": [f"g{i}.{k}" for k in range(size)] for i, size in enumerate(sizes)}
)


@given(GROUPS)
def test_boxes_do_not_overlap_and_lie_in_their_group(groups):
    layout = arrange(groups, BOX)
    labels = [label for members in groups.values() for label in members]
    assert list(layout.boxes) == labels
    centres = list(layout.boxes.values())
    for i, (x, y) in enumerate(centres):
        assert all(abs(x - u) >= BOX[0] or abs(y - v) >= BOX[1] for u, v in centres[:i])
    for group, members in groups.items():
        left, bottom, right, top = layout.groups[group]
        for x, y in (layout.boxes[label] for label in members):
            assert left < x - BOX[0] / 2 < x + BOX[0] / 2 < right
            assert bottom < y - BOX[1] / 2 < y + BOX[1] / 2 < top


@given(GROUPS)
def test_reads_like_a_text(groups):
    layout = arrange(groups, BOX)
    frames = list(layout.groups.values())
    for one, two in pairwise(frames):
        assert two[0] >= one[2] or two[3] < one[1]
    assert len({frame[0] for frame in frames}) <= COLUMNS
    for members in groups.values():
        heights = [layout.boxes[label][1] for label in members]
        assert heights == sorted(heights, reverse=True)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=6, unique=True), st.booleans())
def test_a_path_is_one_curve(path, tip):
    points = re.sub("^e,[^ ]+ ", "", spline(path, tip)).split()
    assert len(points) % 3 == 1
