from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.configuration import values
from nasreid.data.datasets import read
from nasreid.data.people.synthesize import synthesize
from nasreid.errors import NasreidError
from nasreid.experiments.ledger import Ledger
from nasreid.experiments.runs import DataSet
from nasreid.files import read_bytes, read_table, read_text, write_text
from nasreid.genotype import Genotype
from nasreid.names import LONGEST, home, located, printable
from nasreid.network.catalogue import find
from nasreid.network.weights import read_weights
from nasreid.plugins import resolve
from nasreid.run import RunFolder
from nasreid.training.retrain import Retrain
from nasreid.training.search import Search


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=LONGEST))
def test_text_stays_as_it_is(name):
    assert printable(name) == name


@pytest.mark.parametrize(("name", "said"), [
    ("a\x01b", r"name 'a\\x01b': character 2 is '\\x01'.*expected"), ("a\n", "character 2"), ("\x7f", "character 1"),
    ("\ud800", r"'\\ud800'"), ("a\ufffe", "character 2"), ("\U0001ffff", "character 1"),
    ("x" * 20000, f"name 'x{{30}}…' has 20000 characters; expected at most {LONGEST}"),
])  # fmt: skip
def test_what_no_picture_can_show_is_refused_by_name(name, said):
    with pytest.raises(NasreidError, match=said) as refused:
        printable(name)
    str(refused.value).encode()


def test_the_longest_name_is_no_longer_than_said():
    assert printable("x" * LONGEST)
    with pytest.raises(NasreidError, match=f"has {LONGEST + 1} characters"):
        printable("x" * (LONGEST + 1))


def test_home_is_put_into_every_path(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    given = {"data": "~/d", "args": {"list": ["~/a", "~b", 1, None], "pair": ("~", "x~/y")}, "~/key": True}
    assert home(given) == {"data": "/home/ann/d", "args": {"list": ["/home/ann/a", "~b", 1, None],
                                                           "pair": ("/home/ann", "x~/y")}, "~/key": True}


def test_home_is_where_a_name_of_a_place_leads_whoever_gives_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    monkeypatch.chdir(tmp_path)
    place = synthesize("~/people", identities=2, test_identities=1, cameras=2, shots=2, height=32, width=16)
    assert place.parent == tmp_path / "ann/people" == located("~/people") == located(Path("~/people"))
    assert len(read("market1501", "~/people")) == len(read("market1501", "ann/people"))
    assert DataSet("~/people").record()["data"] == str(tmp_path / "ann/people")
    write_text("~/a.csv", "a,b\n1,2\n")
    assert read_text("~/a.csv", "text") == read_bytes("~/a.csv", "bytes", 100).decode() == "a,b\n1,2\n"
    assert list(read_table("~/a.csv")) == ["a", "b"]
    Genotype("MSI", {}, {"a": "b"}).save("~/g.json")
    assert find("~/g.json") == Genotype.load("~/g.json")
    with Ledger("~/ledger.sqlite"), RunFolder("~/run", {"search": {}}):
        assert (tmp_path / "ann/run/config.yaml").is_file()
    (tmp_path / "ann/mine.py").write_text("class Mine:\n    pass\n")
    assert resolve("~/mine.py:Mine", "spaces").__name__ == "Mine"
    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "ann/w.safetensors")
    assert list(read_weights("~/w.safetensors")) == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["ann"]


def test_a_configuration_that_python_made_says_the_same_place_as_a_typed_one(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    assert values(Search(init="~/w.safetensors"))["init"] == "/home/ann/w.safetensors"
    assert values(Retrain("~/g.json"))["genotype"] == "/home/ann/g.json"
