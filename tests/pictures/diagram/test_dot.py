"""What is written is what a diagram shows."""

import errno
import html
import re
import tempfile
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.pictures.diagram import diagram, dot

LETTERS = st.sampled_from("\\NGLETHnrlx&;#{}|<>\"'.:%$-> ")
WORDS = st.text(LETTERS | st.characters(exclude_categories=("Cc", "Cs")), max_size=12)
ODD = ["R&amp;D", "&#65;", "&nbsp;|{}", "C:\\Nets\\Gate", "\\N", "x\\", "a  b", "-->", "<b>", "(legend) gate", '"\\l"',
       "]]>", "\u2060", "%s", "$x$"]  # fmt: skip


def shown(choices, tmp=None):
    source = dot.dot(diagram.graph(Genotype("./x.py:X", {}, choices)))
    svg = dot.render(source, "svg").decode()
    ElementTree.fromstring(svg)
    return [html.unescape(words) for words in re.findall(r">([^<]*)</text>", svg)]


@pytest.mark.parametrize("name", ODD)
def test_names_of_groups_slots_and_candidates_are_shown_as_they_are(name):
    found = shown({f"{name.replace('.', '')}.slot": name, "a.b": "gate"})
    assert found.count(name) >= 2  # in its box and in the legend
    assert name.replace(".", "") in found
    assert found.count("gate") == 2


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(WORDS, WORDS, min_size=1, max_size=4))
def test_every_svg_is_xml_with_the_words_in_it_or_a_refusal_in_words(choices):
    try:
        found = shown(choices)
    except NasreidError:
        assert any(ord(letter) & 0xFFFE == 0xFFFE for words in choices.items() for letter in "".join(words))
    else:
        assert {name for name in choices.values() if name} <= set(found)


def test_a_label_that_is_called_like_a_part_of_the_legend_is_a_box_of_its_own():
    found = shown({"(legend) gate": "gate", "(scale) sure": "none"})
    assert sorted(found) == sorted(["(legend) gate", "(scale) sure", "gate", "gate", "none", "none"])


@pytest.mark.parametrize("name", ["a\x01b", "\\ud800", "x" * 20000])
@pytest.mark.parametrize("suffix", ["svg", "dot"])
def test_what_cannot_be_shown_is_one_line(name, suffix, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Genotype("./x.py:X", {}, {"a": "NAME"}).save("g.json")
    text = (tmp_path / "g.json").read_text()
    (tmp_path / "g.json").write_text(text.replace("NAME", name.replace("\x01", "\\u0001")))
    assert main(["draw", "g.json", "--output", f"g.{suffix}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("nasreid: name '")
    assert said.count("\n") == 1
    assert not (tmp_path / f"g.{suffix}").exists()


def test_a_full_temporary_folder_is_named(monkeypatch):
    import pygraphviz

    def refuse(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pygraphviz, "AGraph", refuse)
    with pytest.raises(OSError, match=f"No space left on device: '{tempfile.gettempdir()}'"):
        dot.render("digraph {}", "svg")
