from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nasreid.pictures.diagram.strip import strip

LABELS = st.lists(st.tuples(st.sampled_from(["stem", "layer1", "conv2"]), st.sampled_from(["0", "1", "block1", "x"]),
                            st.sampled_from(["bn1", "bn2", "bn3"])).map(".".join), unique=True, min_size=1)


@given(LABELS.map(sorted))
def test_tiles_follow_each_other_and_fill_the_width(labels):
    made = strip(labels, "share", "separate", 240.0)
    assert made.decisions() == labels
    spans = [(data["at"][0] - data["size"][0] / 2, data["at"][0] + data["size"][0] / 2)
             for name, data in made.graph.nodes.items() if name in labels]
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    assert 239 < spans[-1][1] - spans[0][0] <= 240


def test_stages_and_blocks_are_named():
    made = strip(["bn1", "layer1.0.bn1", "layer1.0.downsample.1", "layer1.1.bn1"], "share", "separate", 240.0,
                 {"layer1": "s2"})
    words = {name: data["words"] for name, data in made.graph.nodes.items() if data["words"]}
    assert words == {"bn1 (title)": "bn1", "layer1 (title)": "s2", "layer1.1.number": "1", "layer1.2.number": "2",
                     "(halves)": "separate: upper half visible, lower half infrared"}
