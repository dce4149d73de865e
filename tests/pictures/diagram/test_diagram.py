import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pygraphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.pictures.diagram import diagram

NAMES = ["none", "exchange", "gate", "attention"]


PICTURE = """
from nasreid.pictures.diagram.sketch import Sketch
def picture(choices, /, **arguments):
    sketch = Sketch()
    sketch.box("my a", (0, 0), (40, 20), decision="a")
    return sketch
"""
MINE = f"""
from pathlib import Path
from nasreid.space import SearchSpace
Path("executed").touch()
{PICTURE.replace("def picture", "def drawn")}
class Mine(SearchSpace):
    picture = staticmethod(drawn)
    def maps(self, images, modality=None):
        return images
"""


def genotype(choices):
    return Genotype("msi", {}, choices, {})


@pytest.fixture
def table1():
    letters = dict(zip("NEGA", NAMES, strict=True))
    slots = [f"cell{cell}.interaction{i}" for cell in range(1, 7) for i in (1, 2)]
    return genotype({slot: letters[letter] for slot, letter in zip(slots, "GGEGAGGNGAEA", strict=True)})


def test_what_is_not_known_has_boxes_in_the_order_of_the_choices_and_no_arrows(table1):
    found = diagram.graph(table1)
    assert list(found) == list(table1.choices)
    assert found.number_of_edges() == 0
    node = found.nodes["cell4.interaction2"]
    assert (node["frame"], node["slot"], node["choice"]) == ("cell4", "interaction2", "none")


def test_dot_has_a_cluster_per_cell_and_a_legend(table1):
    candidates = {slot: [*NAMES, "pool"] for slot in table1.choices}
    drawing = pygraphviz.AGraph(string=diagram.dot(diagram.graph(table1, candidates)))
    clusters = [part for part in drawing.subgraphs() if part.name.startswith("cluster")]
    assert [part.name for part in clusters] == [f"cluster cell{i}" for i in range(1, 7)]
    assert clusters[0].nodes() == ["cell1.interaction1", "cell1.interaction2"]
    assert {f"(legend) {name}" for name in [*NAMES, "pool"]} <= set(drawing.nodes())
    assert drawing.edges() == []


def test_one_candidate_has_one_colour(table1):
    drawing = pygraphviz.AGraph(string=diagram.dot(diagram.graph(table1)))
    for slot, name in table1.choices.items():
        assert drawing.get_node(slot).attr["fillcolor"] == drawing.get_node(f"(legend) {name}").attr["fillcolor"]


def test_draws_every_kind_of_file(table1, tmp_path, capfd):
    for suffix in diagram.SUFFIXES:
        diagram.draw(table1, tmp_path / f"deep/genotype{suffix}")
    folder = tmp_path / "deep"
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"genotype{s}" for s in diagram.SUFFIXES)
    words = " ".join(ElementTree.fromstring((folder / "genotype.svg").read_text()).itertext())
    assert all(word in words for word in ("cell6", "interaction2", "attention"))
    with Image.open(folder / "genotype.png") as image:
        assert image.width > 2 * image.height > 400
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 10
    assert (folder / "genotype.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "genotype.dot").read_text().startswith("digraph")
    assert capfd.readouterr() == ("", "")


def test_the_same_genotype_gives_the_same_bytes(table1, tmp_path):
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        diagram.draw(table1, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_an_unknown_suffix_is_refused_before_anything_is_written(table1, tmp_path):
    with pytest.raises(NasreidError, match=r"genotype\.bmp'.*\.svg, \.png"):
        diagram.draw(table1, tmp_path / "genotype.bmp")
    assert not list(tmp_path.iterdir())


def test_probabilities_are_written_into_the_slots(table1):
    probabilities = {slot: {"none": 0.05, "exchange": 0.2, "gate": 0.44, "attention": 0.31} for slot in table1.choices}
    source = diagram.dot(diagram.graph(table1, probabilities=probabilities))
    assert ">0.44<" in source
    assert ">0.05<" in source
    assert "0.44" not in diagram.dot(diagram.graph(table1))


def test_probabilities_are_shades(table1):
    certain = {slot: {"none": 0.0, "exchange": 0.0, "gate": 1.0, "attention": 0.0} for slot in table1.choices}
    even = {slot: dict.fromkeys(NAMES, 0.25) for slot in table1.choices}
    fills = []
    for probabilities in (certain, even):
        drawing = pygraphviz.AGraph(string=diagram.dot(diagram.graph(table1, probabilities=probabilities)))
        fills.append(drawing.get_node("cell1.interaction1").attr["fillcolor"])
        assert "(scale) sure" in drawing.nodes()
    assert fills[0] == drawing.get_node("(legend) gate").attr["fillcolor"] != fills[1]
    assert min(int(fills[1][i : i + 2], 16) for i in (1, 3, 5)) > 215


def test_a_foreign_space_is_drawn_but_not_run_unless_it_is_confirmed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    mine = Genotype("./mine.py:Mine", {}, {"a": "x"})
    assert set(diagram.graph(mine)) == {"a"}
    assert not (tmp_path / "executed").exists()
    assert set(diagram.graph(mine, space="./mine.py:Mine")) == {"my a"}
    wrapped = Genotype("BNSeparation", {"inner": "./mine.py:Mine"}, {"a": "x", "stem.bn": "share"})
    (tmp_path / "executed").unlink()
    assert {"a", "stem.bn"} <= set(diagram.graph(wrapped))
    assert not (tmp_path / "executed").exists()


def test_a_light_file_beside_a_foreign_space_draws_it_without_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "mine_picture.py").write_text(PICTURE)
    mine = Genotype("./mine.py:Mine", {"width": 3}, {"a": "x"})
    assert set(diagram.graph(mine)) == {"a"}
    assert set(diagram.graph(mine, space="./mine.py:Mine")) == {"my a"}
    assert not (tmp_path / "executed").exists()


def test_to_draw_loads_neither_nni_nor_torch(tmp_path):
    words = "import sys; from nasreid.cli import main; status = main(['draw', 'msinet', '--output', 'a.svg']); " \
            "print(status, sorted({'nni', 'torch', 'pandas', 'pytorch_lightning'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", words], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("arguments", [{"scale_ratio": "three"}, {"scale_ratio": 0, "fusion": "plus"}])
def test_what_a_space_does_not_understand_has_no_arrows(table1, arguments):
    for odd in (Genotype("MSI", arguments, table1.choices),
                Genotype("MSI", {}, {**table1.choices, "cell7.interaction1": "gate"})):
        assert list(diagram.graph(odd)) == list(odd.choices)


def test_pictures_bring_their_fonts(table1, tmp_path):
    for suffix in (".svg", ".pdf"):
        diagram.draw(table1, tmp_path / f"g{suffix}")
    svg, pdf = (tmp_path / "g.svg").read_text(), (tmp_path / "g.pdf").read_bytes()
    assert svg.count("data:font/woff;base64,") == 2
    assert pdf.count(b"/FontFile") == 2


def test_the_difference_names_and_marks_what_changed(table1):
    other = genotype({**table1.choices, "cell2.interaction2": "attention"})
    table = diagram.difference(table1, other)
    assert list(table.columns) == ["label", "first", "second", "changed"]
    assert table[table["changed"]].to_numpy().tolist() == [["cell2.interaction2", "gate", "attention", True]]
    found = diagram.graph(other, before=table1)
    assert {slot for slot, data in found.nodes.items() if data.get("before")} == {"cell2.interaction2"}
    drawing = pygraphviz.AGraph(string=diagram.dot(found))
    assert drawing.get_node("cell2.interaction2").attr["penwidth"] == "1.6"
    assert "gate →" in drawing.get_node("cell2.interaction2").attr["label"]
    assert not any(diagram.difference(table1, table1)["changed"])


def test_genotypes_of_different_spaces_have_no_difference(table1):
    with pytest.raises(NasreidError, match="'extra' is in some of the"):
        diagram.difference(table1, genotype({**table1.choices, "extra": "gate"}))


def test_the_text_has_a_line_per_group(table1):
    lines = diagram.text(table1).splitlines()
    assert lines[0] == "msi, 12 decisions"
    assert len(lines) == 7
    assert lines[2] == "cell2  interaction1=exchange   interaction2=gate"
    assert diagram.text(genotype({"block": "conv"})) == "msi, 1 decisions\n  block=conv"


LABELS = st.text("ab1.:<>&\"\\é→ _-", max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(LABELS, LABELS, max_size=8))
def test_any_label_can_be_drawn(choices):
    source = diagram.dot(diagram.graph(genotype(choices)))
    drawing = pygraphviz.AGraph(string=source)
    assert drawing.edges() == []
    assert diagram.text(genotype(choices)).count("\n") <= len(choices)


@pytest.mark.parametrize("label", ["a:b", "<x>.<y>", 'quote".\\', "ünï.ço∂é", ".", "cell1.", "&amp;", "node", "(input"])
def test_odd_labels_are_drawn(label, tmp_path, capfd):
    diagram.draw(genotype({label: label, "cell1.a": "gate"}), tmp_path / "odd.svg")
    words = "".join(ElementTree.fromstring((tmp_path / "odd.svg").read_text()).itertext())
    assert "gate" in words
    assert label in words
    assert capfd.readouterr().err == ""


def test_fifty_three_slots_are_broken_into_rows(tmp_path):
    blocks = [f"layer{stage}.{block}" for stage, depth in enumerate((3, 4, 6, 3), 1) for block in range(depth)]
    slots = ["bn1", *(f"{block}.bn{i}" for block in blocks for i in (1, 2, 3))]
    slots += [f"layer{stage}.0.downsample" for stage in range(1, 5)]
    choices = {slot: ("shared", "separate")[i % 2] for i, slot in enumerate(slots)}
    assert len(choices) == 53
    diagram.draw(genotype(choices), tmp_path / "wide.png")
    with Image.open(io.BytesIO((tmp_path / "wide.png").read_bytes())) as image:
        assert 0.7 < image.width / image.height < 4
    assert isinstance(diagram.difference(genotype(choices), genotype(choices)), pd.DataFrame)
