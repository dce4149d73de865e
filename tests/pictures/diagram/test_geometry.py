import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nasreid.pictures.diagram.geometry import COLUMNS, arrange, spline

BOX, PILL = (84.0, 40.0), (58.0, 26.0)
GROUPS = st.lists(st.integers(1, 5), max_size=25).map(
    lambda sizes: {f"g{i}": [f"g{i}.{k}" for k in range(size)] for i, size in enumerate(sizes)}
)


@given(GROUPS)
def test_boxes_do_not_overlap_and_lie_in_their_group(groups):
    layout = arrange(groups, BOX, PILL)
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
    assert max(layout.size) < 20000


@given(GROUPS)
def test_reads_like_a_text(groups):
    layout = arrange(groups, BOX, PILL)
    frames = list(layout.groups.values())
    for one, two in pairwise(frames):
        assert two[0] >= one[2] or two[3] < one[1]
    assert len({frame[0] for frame in frames}) <= COLUMNS
    for members in groups.values():
        heights = [layout.boxes[label][1] for label in members]
        assert heights == sorted(heights, reverse=True)


@given(GROUPS)
def test_arrows_go_from_box_to_box_at_right_angles(groups):
    layout = arrange(groups, BOX, PILL)
    stops = [layout.start, *layout.boxes.values(), layout.end]
    assert len(layout.paths) == len(stops) - 1
    for path, a, b in zip(layout.paths, stops, stops[1:], strict=False):
        assert all(p[0] == q[0] or p[1] == q[1] for p, q in pairwise(path))
        assert abs(path[0][0] - a[0]) + abs(path[0][1] - a[1]) <= BOX[0] / 2
        assert abs(path[-1][0] - b[0]) + abs(path[-1][1] - b[1]) <= BOX[0] / 2
        points = re.sub("^e,[^ ]+ ", "", spline(path)).split()
        assert len(points) % 3 == 1
