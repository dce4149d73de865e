"""The names at the top: there when asked for, and the package light until then (`tests/test_packaging.py`)."""

import re
from pathlib import Path

import pandas as pd
import pytest

import nasreid
from nasreid.errors import NasreidError
from nasreid.evaluation.evaluate import vectors


def test_every_name_at_the_top_is_there_and_listed():
    names = ("Search", "Retrain", "Budget", "Extractor", "Genotype", "evaluate", "read", "draw", "from_pretrained")
    assert [name for name in names if not callable(getattr(nasreid, name))] == []
    assert {*names, "save_pretrained"} == set(nasreid.__all__) <= set(dir(nasreid))


def test_help_tells_of_the_names_and_what_they_take(capsys):
    help(nasreid)
    shown = capsys.readouterr().out
    assert [name for name in nasreid.__all__ if name not in shown.partition("FUNCTIONS")[0].partition("CLASSES")[2]
            and name not in shown.partition("FUNCTIONS")[2]] == []


def test_a_name_that_is_not_there_is_refused_by_name():
    with pytest.raises(AttributeError, match=r"no attribute 'Serach'.*Search"):
        nasreid.__getattr__("Serach")


@pytest.mark.parametrize(("odd", "words"), [
    (lambda: nasreid.Search(budget={"epochs": 1}), r"budget is {'epochs': 1}; expected an object of the class Budget"),
    (lambda: nasreid.Retrain("msinet", engine="cpu"), "engine is 'cpu'; expected an object of the class Engine"),
    (lambda: vectors("runs/net", pd.DataFrame(), 32, 16), "network is 'runs/net'; expected what"),
    (lambda: nasreid.Search("Micro", "TCM"), "space_args is 'TCM'; expected an object of the class Mapping"),
    (lambda: nasreid.draw("msinett", "x.svg"), r"genotype 'msinett' \(did you mean 'msinet'\?\)")])  # fmt: skip
def test_what_is_something_else_is_refused_by_name(odd, words):
    with pytest.raises(NasreidError, match=words):
        odd()


def test_a_network_is_drawn_by_its_name(tmp_path):
    nasreid.draw("msinet", tmp_path / "x.svg")
    assert "attention" in (tmp_path / "x.svg").read_text()


@pytest.mark.slow
def test_ten_lines_of_python_run_as_the_docs_have_them(people, tmp_path, monkeypatch):
    """Those of docs/start.md, with the tiny data set of the tests in place of the folder `people`."""
    page = (Path(__file__).parents[1] / "docs" / "start.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(import nasreid\n.*?)```", page, re.DOTALL)
    assert block
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people").symlink_to(people)
    small = block[1].replace("epochs=10", "epochs=1").replace("p=8", "p=2").replace("k=4", "k=2")
    found: dict[str, object] = {}
    exec(small.replace("height=64", "height=32").replace("width=32", "width=16"), found)
    assert found["features"].shape[0] == 1
    assert (tmp_path / "genotype.svg").is_file()
