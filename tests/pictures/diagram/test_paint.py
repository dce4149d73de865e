import re

import pytest

from nasreid.genotype import Genotype
from nasreid.network.catalogue import find
from nasreid.pictures.diagram.diagram import graph
from nasreid.pictures.diagram.paint import CHANGED, EMPTY, look, shade

PALETTE = {"in": "#E69F00", "in-out": "#0072B2", "plain": "#C8C8C8"}


def box(**more):
    return {"words": "IN", "decision": "d", "only": (), "role": "part", "font": 7, "slot": "", "bold": False,
            "shape": "box", "choice": "in", "before": None, "probabilities": {}, **more}


def test_a_box_for_some_candidates_is_hollow_for_the_others():
    there, gone = (look(box(only=("in", "in-out"), choice=c), PALETTE, False) or {} for c in ("in", "plain"))
    assert there["fillcolor"] == PALETTE["in"]
    assert gone["fillcolor"] == EMPTY
    assert "dashed" in gone["style"]
    assert gone["label"] == ""


def test_undecided_it_shows_the_sum_of_their_probabilities():
    chances = {"in": 0.3, "in-out": 0.2, "plain": 0.5}
    assert ">IN 0.50<" in (look(box(only=("in", "in-out"), choice="plain", probabilities=chances), PALETTE, False)
                           or {})["label"]


@pytest.mark.parametrize(("choice", "before", "marked"), [("in", "plain", True), ("plain", "in-out", True),
                                                          ("in", "in-out", False), ("in", None, False)])
def test_a_change_is_marked_where_the_box_comes_or_goes(choice, before, marked):
    found = look(box(only=("in", "in-out"), choice=choice, before=before), PALETTE, True) or {}
    assert (found["color"] == CHANGED) == (marked or before is not None)


def test_tiles_and_marks_are_absent_where_they_do_not_apply():
    assert look(box(role="tile", only=("plain",)), PALETTE, False) is None
    assert look(box(role="mark"), PALETTE, True) is None
    assert look(box(role="mark", before="plain"), PALETTE, True) is not None


def test_shades_go_from_almost_white_to_the_colour():
    assert shade("#0072B2", 1.0, 4) == "#0072B2"
    assert shade("#0072B2", 0.25, 4) == shade("#0072B2", 0.1, 4) == shade("#0072B2", 0.5, 2)


CELLS = Genotype("AutoReID", {"depths": [1, 1, 1], "nodes": 1}, {
    f"{kind}.node1.input{at}": "sep3" for kind in ("normal", "reduction") for at in (0, 1)})


PUBLISHED = map(find, ("msinet", "osnet-ain", "cdnet", "attention-se", "cm-nas-sysu"))


@pytest.mark.parametrize("genotype", [*PUBLISHED, CELLS], ids=lambda genotype: genotype.space)
@pytest.mark.parametrize("shaded", [False, True])
def test_words_have_room_in_their_boxes(genotype, shaded):
    chances = {label: {name: 0.5, "another": 0.5} for label, name in genotype.choices.items()}
    drawn = graph(genotype, probabilities=chances if shaded else None)
    looks = ((look(data, drawn.graph["colours"], False) or {}, data["size"][1]) for data in drawn.nodes.values())
    tall = [(sum(map(float, re.findall(r'point-size="([\d.]+)"', one.get("label", "")))), high) for one, high in looks]
    assert any(lines for lines, _ in tall)
    assert all(1.15 * lines <= high + 0.5 for lines, high in tall)
