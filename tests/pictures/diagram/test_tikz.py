"""TikZ of the same boxes, arrows and words."""

import re
import subprocess
import sys

import pytest

from nasreid.cli import main
from nasreid.genotype import Genotype
from nasreid.network.catalogue import genotype, names
from nasreid.pictures.diagram.diagram import draw, graph
from nasreid.pictures.diagram.dot import dot
from nasreid.pictures.diagram.tikz import escaped, tikz
from tests.pictures.diagram.test_flowing import MINE


def balanced(text: str) -> bool:
    """Whether every brace that LaTeX reads is closed."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize(("name", "before"), [("msinet", None), ("osnet-ain", "osnet-ibn"), ("cm-nas-sysu", None)])
def test_every_box_arrow_and_word_is_there(name, before):
    drawn = graph(genotype(name), before=genotype(before) if before else None)
    made = tikz(dot(drawn))
    assert balanced(made)
    assert made.count(r"\draw[") == drawn.number_of_edges()
    assert made.count(r"\node[") > len(genotype(name).choices)
    assert {word for word in genotype(name).choices.values() if word not in made and name != "osnet-ain"} <= {"share"}
    assert set(re.findall(r"=c([0-9A-F]{6})", made)) <= set(re.findall(r"{c([0-9A-F]{6})}", made))


@pytest.mark.parametrize("name", sorted(name for row in names().values() for name in row if "SEED" not in name
                                        and "BLOCK" not in name))
def test_titles_of_frames_are_words_without_marks(name):
    drawn = graph(genotype(name))
    made = tikz(dot(drawn))
    assert "\\textless" not in made
    assert [one["title"] for one in drawn.graph["frames"].values() if escaped(one["title"]) not in made] == []


def test_frames_without_a_title_are_drawn():
    drawn = graph(MINE)
    assert [one["bare"] for one in drawn.graph["frames"].values()] == [True]
    assert "rectangle" in tikz(dot(drawn))


@pytest.mark.parametrize("kind", ["tex", "svg"])
def test_a_system_that_lacks_libraries_is_one_line(kind, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)  # as where it cannot be loaded
    assert main(["draw", "osnet", "--output", str(tmp_path / f"x.{kind}")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("nasreid: pygraphviz cannot be loaded")
    assert "libglib2.0-0" in said
    assert said.count("\n") == 1


@pytest.mark.latex
@pytest.mark.parametrize(("record", "before"), [(MINE, None), (genotype("osnet-ain"), genotype("osnet"))])
def test_latex_sets_it(record, before, tmp_path):
    draw(record, tmp_path / "x.tex", before=before, width=12)
    (tmp_path / "paper.tex").write_text("\\documentclass{article}\\usepackage{tikz}\\usetikzlibrary{arrows.meta}"
                                        "\\begin{document}\\input{x}\\end{document}")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout


def test_what_latex_reads_as_a_command_is_a_letter():
    record = Genotype("./x.py:X", {}, {"a_b.slot": "50%&#{x}", "a_b.other": r"\input{/etc/passwd}"})
    made = tikz(dot(graph(record)))
    assert balanced(made)
    assert r"50\%\&\#\{x\}" in made
    assert r"\textbackslash{}input\{/etc/passwd\}" in made
    assert not re.search(r"\\input(?!\})", made.partition("\n")[2])
    assert escaped("a^b~<>×½→") == (r"a\textasciicircum{}b\textasciitilde{}\textless{}\textgreater{}"
                                    r"$\times$$\frac12$$\rightarrow$")


def test_a_column_s_width_scales_every_kind(tmp_path):
    record = genotype("osnet")
    for kind in ("tex", "svg", "pdf"):
        draw(record, tmp_path / f"x.{kind}", width=8.5)
    assert "scale=0.48" in (tmp_path / "x.tex").read_text()
    assert '<svg width="241pt"' in (tmp_path / "x.svg").read_text()
    assert b"MediaBox [ 0 0 241 " in (tmp_path / "x.pdf").read_bytes()


def test_a_width_that_is_none_is_refused(tmp_path, capsys):
    assert main(["draw", "osnet", "--width", "0", "--output", str(tmp_path / "x.tex")]) == 2
    assert capsys.readouterr().err.strip() == "nasreid: width is 0.0; expected a number from 1 up to 100"
