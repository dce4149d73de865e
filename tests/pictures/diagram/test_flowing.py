"""A traced flow as a picture."""

import pytest

from nasreid.genotype import Genotype
from nasreid.pictures.diagram import diagram
from nasreid.pictures.diagram.flowing import flowing, without

CHOICES = {"depth": "2", "op": "conv", "kernel": "3", "sum": "0+1", "skip": "b"}
FLOW = {
    "boxes": [{"decisions": {"depth": "depth"}, "inside": None}, {"decisions": {"kernel": "value"}, "inside": 0},
              {"decisions": {"op": "choice", "kernel": "value"}, "inside": 0},
              {"decisions": {"skip": "choice"}, "inside": None}, {"decisions": {"sum": "inputs"}, "inside": None},
              {"decisions": {"kernel": "value"}, "inside": None}],
    "arrows": [[-1, 0], [0, 3], [0, 4], [0, 5], [1, 2], [3, 4], [4, -2]], "absent": ["end"], "choices": CHOICES}
MINE = Genotype("./mine.py:Mine", {}, CHOICES, {"flow": FLOW})


def shown(record=MINE, **options):
    return diagram.graph(record, **options)


def test_a_genotype_with_a_flow_has_its_arrows_and_a_number_stands_with_its_layer():
    found = shown()
    assert {tail.split(" ")[-1] + ">" + head.split(" ")[-1] for tail, head in found.edges} == {
        "(input)>depth", "depth>skip", "depth>kernel", "depth>sum", "skip>sum", "sum>(output)"}
    boxes = [data["decision"] for data in found.nodes.values() if data["decision"]]
    assert sorted(boxes) == ["depth", "kernel", "kernel", "op", "skip", "sum"]
    words = {(data["decision"], data["words"]) for data in found.nodes.values() if data["decision"] and data["words"]}
    assert words == {("depth", "× 2"), ("kernel", "= 3")}


def test_what_is_not_part_of_the_network_is_grey():
    found = shown()
    faint = [data["decision"] for data in found.nodes.values() if data["faint"]]
    assert faint == ["kernel"]  # the one whose output nobody uses
    assert [data["words"] for data in found.nodes.values() if data["role"] == "absent"] == ["end"]


@pytest.mark.parametrize("change", [
    {"boxes": 5}, {"boxes": [{"decisions": {}}]}, {"boxes": [{"decisions": {}, "inside": 0}]}, {"absent": None},
    {"arrows": [[0, 3], [3, 0]]}, {"arrows": [[0, 99]]}, {"arrows": [5]}, {"choices": []}])
def test_a_damaged_flow_counts_as_none(change):
    damaged = Genotype("./mine.py:Mine", {}, CHOICES, {"flow": {**FLOW, **change}})
    assert not shown(damaged).edges, "boxes in the order of their labels"
    missing = {name: value for name, value in FLOW.items() if name not in change}
    assert not shown(Genotype("./mine.py:Mine", {}, CHOICES, {"flow": missing}), before=MINE).edges


def test_numbers_have_no_colour():
    assert set(shown().graph["colours"]) == {"conv", "b"}


@pytest.mark.parametrize("choices", [{**CHOICES, "kernel": "5"}, {"depth": "2"}])
def test_a_flow_of_other_choices_is_not_drawn(choices):
    assert flowing(FLOW, choices, choices) is None
    found = shown(Genotype(MINE.space, {}, choices, {"flow": FLOW}))
    assert found.number_of_edges() == 0
    assert set(found) == set(choices)


def test_without_some_decisions_the_flow_goes_on():
    found = without(FLOW, {"skip", "depth"})
    assert [list(box["decisions"]) for box in found["boxes"]] == [["kernel"], ["op", "kernel"], ["sum"], ["kernel"]]
    assert [box["inside"] for box in found["boxes"]] == [None] * 4
    assert sorted(found["arrows"]) == [[-1, 2], [-1, 3], [0, 1], [2, -2]]


def test_a_decision_that_does_not_exist_in_one_genotype_is_a_difference():
    other = Genotype(MINE.space, {}, {**CHOICES, "end": "tanh"})
    table = diagram.difference(other, MINE)
    assert table[table["changed"]].to_numpy().tolist() == [["end", "tanh", "–", True]]
    assert {data["before"] for data in shown(before=other).nodes.values() if data["decision"]} == {None}


def test_share_and_separate_keep_their_colour_beside_any_candidates():
    norms = {f"bn{i}": name for i, name in enumerate(("share", "separate"))}
    alone = diagram.graph(Genotype("BNSeparation", {}, norms)).graph["colours"]
    for name in ("a", "b", "conv", "plain", "depthwise", "point", "gate", "tanh"):
        both = Genotype("BNSeparation", {"inner": "./x.py:X"}, {**norms, "op": name})
        assert alone.items() <= diagram.graph(both).graph["colours"].items()
