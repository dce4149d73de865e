"""Boxes of a flow stand behind what they work on, and no two overlap."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nasreid.pictures.diagram.layered import layers

SIZES = st.lists(st.tuples(st.integers(10, 90), st.integers(8, 60)), min_size=1, max_size=9)
PAIRS = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=14)


@given(SIZES, PAIRS, st.integers(60, 500))
def test_boxes_do_not_overlap_and_arrows_go_from_box_to_box_at_right_angles(sizes, pairs, width):
    known = {at: (float(w), float(h)) for at, (w, h) in enumerate(sizes)}
    arrows = sorted((a, b) for a, b in pairs if a < b < len(sizes))
    found = layers(known, arrows, float(width))
    spans = [(x - known[at][0] / 2, y - known[at][1] / 2, x + known[at][0] / 2, y + known[at][1] / 2)
             for at, (x, y) in found.centres.items()]
    for at, one in enumerate(spans):
        assert all(one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1] for two in spans[:at])
        assert one[0] >= -1e-9
        assert one[2] <= max(width, max(w for w, _ in sizes)) + 1e-6
    assert list(found.paths) == arrows
    for (tail, head), path in found.paths.items():
        assert all(abs(p[0] - q[0]) < 1e-9 or abs(p[1] - q[1]) < 0.02 for p, q in pairwise(path))
        assert path[0] == (found.centres[tail][0] + known[tail][0] / 2, found.centres[tail][1])
        assert path[-1] == (found.centres[head][0] - known[head][0] / 2, found.centres[head][1])


def test_a_chain_is_a_line_that_is_broken_like_a_text():
    found = layers(dict.fromkeys(range(4), (40.0, 20.0)), [(0, 1), (1, 2), (2, 3)], 100.0)
    assert [y for _, y in found.centres.values()][:2] == [-10.0, -10.0]
    assert found.centres[2][0] == found.centres[0][0]
    assert found.centres[2][1] < -20
    assert found.paths[0, 1] == [(40.0, -10.0), (56.0, -10.0)]
