"""Layout and options of a data set are said once."""

from pathlib import Path

import pytest
import yaml

from nasreid.errors import NasreidError
from nasreid.experiments.same_data import read_alike

OWN = {"layout": "folder", "data_args": {"train_share": 0.7}}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    search = {"data": str(tmp_path / "mine"), "epochs": 3, **OWN}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"search": search}))
    (tmp_path / "genotype.json").touch()
    return tmp_path


def test_the_same_folder_is_read_as_before(run: Path) -> None:
    given = {"data": str(run / "mine"), "epochs": 1}
    for before in (run, run / "genotype.json"):
        assert read_alike(given, str(before)) == {**given, **OWN}
    assert read_alike({"data": f"{run}/x/../mine"}, str(run))["layout"] == "folder"


@pytest.mark.parametrize("said", [{"layout": "csv"}, {"data_args": {"seed": 1}}])
def test_what_is_said_counts(run: Path, said: dict[str, object]) -> None:
    given = {"data": str(run / "mine"), **said}
    assert read_alike(given, str(run)) == given


def test_a_layout_that_is_said_again_has_the_options_of_before(run: Path) -> None:
    given = {"data": str(run / "mine"), "layout": OWN["layout"]}
    assert read_alike(given, str(run)) == {**given, **OWN}


def test_another_data_set_is_read_as_the_command_says(run: Path) -> None:
    for given in ({"data": str(run / "other")}, {}):
        assert read_alike(given, str(run)) == given
    for nothing in (None, "msinet", str(run / "nowhere/genotype.json")):
        assert read_alike({"data": str(run / "mine")}, nothing) == {"data": str(run / "mine")}


def test_a_spoilt_configuration_is_named(run: Path) -> None:
    (run / "config.yaml").write_text("search: [")
    with pytest.raises(NasreidError, match=r"config\.yaml"):
        read_alike({"data": str(run / "mine")}, str(run))
