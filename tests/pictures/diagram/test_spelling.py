"""Words in PNG and PDF that no font of ours can show."""

import re

import pytest

from nasreid.genotype import Genotype
from nasreid.pictures.diagram import diagram
from nasreid.pictures.diagram.spelling import spelled

ODD = Genotype("./x.py:X", {}, {"块.注意": "注意力", "块.b": "gate"})


def test_plain_words_stay_as_they_are():
    graph = diagram.graph(Genotype("./x.py:X", {}, {"a.ü": "é", "a.b": "gate"}))
    assert diagram.dot(spelled(graph)) == diagram.dot(graph)


def test_odd_words_are_spelt_wherever_they_stand_and_stay_in_their_boxes():
    given = {"probabilities": {"块.注意": {"注意力": 0.9, "无": 0.1}}, "candidates": {"块.注意": ["注意力", "无"]}}
    source = diagram.dot(spelled(diagram.graph(ODD, **given)))
    assert not re.search("[注意力无块]", "".join(re.findall(r"label=.*", re.sub(r"tooltip=\S+", "", source))))
    for word in (r"\u6ce8\u610f\u529b", r"\u6ce8\u610f<", r"\u5757", r"\\u65e0"):
        assert word in source
    sizes = [float(size) for size in re.findall(r"point-size=.([\d.]+)", source)]
    assert min(sizes) > 1


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg", "dot"])
def test_every_kind_of_file_is_drawn_and_text_keeps_the_words(tmp_path, capfd, suffix):
    path = tmp_path / f"x.{suffix}"
    diagram.draw(ODD, path, before=Genotype("./x.py:X", {}, {"块.注意": "门", "块.b": "gate"}))
    assert capfd.readouterr().err == ""
    assert suffix in ("png", "pdf") or "注意力" in path.read_text(encoding="utf-8")
