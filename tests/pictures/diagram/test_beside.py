"""What differs between genotypes, side by side: what the picture holds, and that it is legible in print."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.pictures.diagram import beside, draw_beside
from nasreid.pictures.diagram.dot import dot


def genotype(**choices):
    return Genotype("mine", {}, {"stage1": "gate", "stage2": "gate", "depth": "2", **choices})


THREE = {"ours": genotype(), "theirs": genotype(stage2="none"), "third": genotype(stage2="pool", depth="3")}


def boxes(found):
    return {name: (data["decision"], data["choice"]) for name, data in found.nodes.items() if data["decision"]}


def test_a_row_for_each_decision_that_differs_and_a_column_for_each_genotype():
    found = beside(THREE)
    assert boxes(found) == {
        f"{label} ({name})": (label, one.choices[label])
        for label in ("stage2", "depth") for name, one in THREE.items()}
    at = {name: data["at"] for name, data in found.nodes.items()}
    for label in ("stage2", "depth"):
        row = [at[f"{label} ({name})"] for name in THREE]
        assert len({y for _, y in row}) == 1
        assert [x for x, _ in row] == [at[f"column {column} of block 0"][0] for column in range(3)]
    assert found.nodes["(same)"]["words"] == "the same in all 3: 1 decisions"


def test_nothing_overlaps_and_many_rows_stand_in_blocks():
    first = Genotype("mine", {}, {f"layer{i}.bn": "share" for i in range(53)})
    other = Genotype("mine", {}, dict.fromkeys(first.choices, "separate"))
    found = beside({"first": first, "other": other})
    spans = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in
             ((data["at"], data["size"]) for _, data in found.nodes(data=True))]
    for i, p in enumerate(spans):
        for q in spans[:i]:
            assert p[2] <= q[0] + 1e-6 or q[2] <= p[0] + 1e-6 or p[3] <= q[1] + 1e-6 or q[3] <= p[1] + 1e-6
    assert sum(name.startswith("column 0 of block") for name in found) == 2


def test_every_meaning_is_a_word_of_at_least_7_points_and_no_legend_repeats_it():
    source = dot(beside(THREE))
    assert {float(size) for size in re.findall(r'point-size="([\d.]+)"', source)} == {7.0}
    assert "(legend)" not in source
    for word in ("ours", "theirs", "third", "stage2", "none", "pool", "depth"):
        assert f">{word}<" in source


def test_a_decision_that_is_not_there_is_a_dash():
    flow = {"choices": {"a": "x"}, "absent": ["b"], "boxes": [], "arrows": []}
    without = Genotype("mine", {}, {"a": "x"}, {"flow": flow})
    found = beside({"with": Genotype("mine", {}, {"a": "x", "b": "y"}), "without": without})
    assert found.nodes["b (without)"]["words"] == "–"
    assert boxes(found) == {"b (with)": ("b", "y")}


@pytest.mark.parametrize("count", [1, 5])
def test_one_genotype_or_five_are_refused(count):
    with pytest.raises(NasreidError, match=f"{count} genotypes side by side: expected 2 to 4"):
        beside({f"g{i}": genotype() for i in range(count)})


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".tex"])
def test_every_kind_of_file_has_the_words_as_text(tmp_path, suffix):
    draw_beside(THREE, tmp_path / f"d{suffix}", 8.5)
    data = (tmp_path / f"d{suffix}").read_bytes()
    if suffix == ".svg":
        words = " ".join(ElementTree.fromstring(data.decode()).itertext())
        assert all(word in words for word in ("theirs", "stage2", "pool"))
    elif suffix == ".pdf":
        assert data.count(b"/FontFile") == 2
    else:
        assert b"theirs" in data


def test_the_command_draws_up_to_four_and_says_what_differs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["draw", "osnet", "osnet-ain", "osnet-ibn", "--output", "d.svg"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "conv2.block1: plain, in, out"
    assert said[-1] == "drawing: d.svg"
    assert main(["draw", "osnet", "osnet", "--output", "e.svg"]) == 2
    assert main(["draw", "osnet", "osnet-ain", "--against", "osnet-ibn", "--output", "e.svg"]) == 2
    assert main(["draw", "osnet", "osnet-ain", "--probabilities", "p.csv", "--output", "e.svg"]) == 2
    err = capsys.readouterr().err
    assert "side by side: osnet, osnet; expected different ones" in err
    assert err.count("side by side: expected neither --against nor a table of probabilities") == 2
    assert not (tmp_path / "e.svg").exists()


def test_genotypes_whose_folders_have_one_name_are_called_by_their_places(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, choice in (("a", "x"), ("b", "y")):
        (tmp_path / name / "search").mkdir(parents=True)
        Genotype("Mine", {}, {"op": choice}).save(tmp_path / name / "search" / "genotype.json")
    files = [f"{name}/search/genotype.json" for name in "ab"]
    assert main(["draw", *files, "--output", "d.svg"]) == 0
    assert "op: x, y" in capsys.readouterr().out
    assert all(name in (tmp_path / "d.svg").read_text() for name in files)
