import html
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from nasreid.errors import NasreidError
from nasreid.pictures import fonts

SCRIPT = """
from nasreid.pictures.diagram import draw
from nasreid.genotype import Genotype
draw(Genotype("msi", {}, {"cell1.a": "gate"}), "picture.png")
print(__import__("nasreid.pictures.fonts").pictures.fonts._configuration().parent)
"""


def test_needs_no_font_of_the_machine_and_writes_nothing_home(tmp_path):
    home, empty = tmp_path / "home", tmp_path / "empty.conf"
    home.mkdir()
    empty.write_text("<fontconfig></fontconfig>")
    bare = {"HOME": str(home), "FONTCONFIG_FILE": str(empty), "PYTHONPATH": os.getcwd()}
    pictures = []
    for name, extra in (("here", {}), ("bare", bare)):
        folder = tmp_path / name
        folder.mkdir()
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=folder, env={**os.environ, "PYTHONPATH": os.getcwd(), **extra},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert run.stderr == ""
        assert not os.path.exists(run.stdout.strip())
        pictures.append((folder / "picture.png").read_bytes())
    assert pictures[0] == pictures[1]
    assert not list(home.iterdir())


def test_the_environment_is_put_back_and_stderr_goes_on(capfd, monkeypatch):
    monkeypatch.setenv("FONTCONFIG_FILE", "mine")
    with fonts.fontconfig():
        assert os.environ["FONTCONFIG_FILE"] != "mine"
        os.write(2, b"Fontconfig warning: yours\nsomething else\n")
    assert os.environ["FONTCONFIG_FILE"] == "mine"
    monkeypatch.delenv("FONTCONFIG_FILE")
    with fonts.fontconfig():
        assert "FONTCONFIG_FILE" in os.environ
    assert "FONTCONFIG_FILE" not in os.environ
    assert capfd.readouterr().err == "something else\n"


def test_figures_are_empty_and_in_inches():
    assert fonts.figure(3, 2).get_size_inches().tolist() == [3, 2]


def test_words_are_no_formulas_and_names_with_a_line_below_are_in_the_legend(tmp_path):
    drawing = fonts.figure(3, 2)
    axes = drawing.subplots()
    (line,) = axes.plot([0, 1], [0, 1])
    axes.set_title(r"$\frac$ & x^2$")
    axes.set_yticks([0, 1], ["$a$", "<b>"])
    fonts.legend(axes, {"_x": line, "--$y$": line})
    fonts.save(drawing, tmp_path / "x.svg", metadata={"Date": None})
    svg = (tmp_path / "x.svg").read_text()
    ElementTree.fromstring(svg)
    words = [html.unescape(word) for word in re.findall(r"<!-- (.*?) -->", svg)]
    assert {r"$\frac$ & x^2$", "$a$", "<b>", "_x"} <= set(words)


@pytest.mark.parametrize(("words", "shown"), [
    ("gate", "gate"), ("ünï → ∂é", "ünï → ∂é"), ("注x", r"\u6ce8x"), ("🙂", r"\U0001f642"), ("a\n注", "a\n\\u6ce8"),
])  # fmt: skip
def test_characters_without_a_picture_are_spelt(words, shown):
    assert fonts.spelt(words) == shown


def test_words_that_matplotlib_has_no_letters_for_are_spelt_wherever_they_stand(tmp_path):
    drawing = fonts.figure(3, 2)
    axes = drawing.subplots()
    (line,) = axes.plot([0, 1], [0, 1])
    axes.set_title("注")
    axes.set_yticks([0, 1], ["意", "b"])
    fonts.legend(axes, {"力": line})
    fonts.save(drawing, tmp_path / "x.svg", metadata={"Date": None})  # a warning of missing glyphs is an error here
    words = re.findall(r"<!-- (.*?) -->", (tmp_path / "x.svg").read_text())
    assert {r"\u6ce8", r"\u610f", "b", r"\u529b"} <= set(words)


@pytest.mark.parametrize("words", ["a\x01b", "\ud800"])
def test_words_that_an_svg_cannot_hold_are_refused(words):
    drawing = fonts.figure(3, 2)
    drawing.subplots().set_title(words)
    with pytest.raises(NasreidError, match="no picture can show"):
        fonts.save(drawing, io.BytesIO(), format="svg")
