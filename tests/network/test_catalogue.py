"""Genotypes by name."""

import pytest

from nasreid.cli import main
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network import catalogue

CONCRETE = [name.replace("SEED", "3").replace("BLOCK+BLOCK", "s11+s23").replace("BLOCK", "s41")
            for row in catalogue.names().values() for name in row]


@pytest.mark.parametrize("name", CONCRETE)
def test_every_listed_name_is_a_genotype(name, tmp_path):
    found = catalogue.genotype(name)
    found.save(tmp_path / "genotype.json")
    assert Genotype.load(tmp_path / "genotype.json") == found
    assert catalogue.find(tmp_path / "genotype.json") == catalogue.find(name)


def test_names_belong_to_one_space_each():
    assert len(set(CONCRETE)) == len(CONCRETE)
    assert catalogue.genotype("osnet-ain").space == "InPlacement"
    assert catalogue.genotype("cm-nas-sysu").space == "BNSeparation"


def test_an_unknown_name_and_an_unknown_block_are_refused():
    with pytest.raises(NasreidError, match=r"'msinett' \(did you mean 'msinet'\?\): expected a \.json .*osnet-ain"):
        catalogue.find("msinett")
    with pytest.raises(NasreidError, match="block 's99': expected one of s11, s21"):
        catalogue.find("bn:s11+s99")


@pytest.mark.parametrize("source", ["none.json", "folder/msinet"])
def test_a_path_is_no_name(source):
    with pytest.raises(NasreidError, match=f"genotype '{source}' cannot be read"):
        catalogue.find(source)


def test_a_file_wins_over_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Genotype("MSI", {}, {"cell1.interaction1": "gate"}).save("msinet")
    assert catalogue.find("msinet").choices == {"cell1.interaction1": "gate"}


def test_names_are_drawn_and_compared(tmp_path, capsys):
    assert main(["draw", "osnet-ain", "--against", "osnet-ibn", "--output", str(tmp_path / "d.svg")]) == 0
    assert "conv3.block2" in capsys.readouterr().out
    assert (tmp_path / "d.svg").stat().st_size > 1000


def test_names_are_listed(capsys):
    assert main(["list"]) == 0
    words = set(capsys.readouterr().out.split())
    assert {name for row in catalogue.names().values() for name in row} <= words
