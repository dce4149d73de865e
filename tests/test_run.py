"""The run folder: what is refused, what is continued, what survives."""

import pytest

from nasreid.errors import NasreidError
from nasreid.run import RunFolder, Table


def test_a_finished_run_is_not_overwritten_without_force(tmp_path):
    RunFolder(tmp_path / "run", {"search": {"seed": 1}}).finish({"steps": 1})
    with pytest.raises(NasreidError, match="holds a finished run; expected a new folder, or --force"):
        RunFolder(tmp_path / "run", {"search": {"seed": 1}})
    assert not (RunFolder(tmp_path / "run", {"search": {"seed": 1}}, force=True) / "result.json").exists()


def test_an_unfinished_run_goes_on_with_the_same_configuration_only(tmp_path):
    RunFolder(tmp_path / "run", {"search": {"seed": 1, "shares": (0.6, 0.8)}})
    RunFolder(tmp_path / "run", {"search": {"seed": 1, "shares": (0.6, 0.8)}})
    with pytest.raises(NasreidError, match="unfinished run with seed=1, not 2"):
        RunFolder(tmp_path / "run", {"search": {"seed": 2, "shares": (0.6, 0.8)}})


def test_what_is_not_a_run_is_never_touched(tmp_path):
    (tmp_path / "config.yaml").write_text("mine: true\n")
    with pytest.raises(NasreidError):
        RunFolder(tmp_path, {"search": {"seed": 1}}, force=True)
    assert (tmp_path / "config.yaml").read_text() == "mine: true\n"
    (tmp_path / "file").write_text("")
    with pytest.raises(NasreidError, match="is a file; expected a folder"):
        RunFolder(tmp_path / "file", {"search": {}})


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(NasreidError, match="is not empty and holds no run"):
        RunFolder(tmp_path, {"search": {"seed": 1}})


def test_a_table_forgets_what_came_after_the_checkpoint(tmp_path):
    table = Table(tmp_path / "t.csv", ("step", "value"))
    for step in range(4):
        table.add(step, step * 10)
    table.flush()
    with open(table.path, "a") as file:
        file.write("4,4")  # a line cut by a kill
    again = Table(table.path, ("step", "value"))
    again.rewind(2)
    again.add(2, 99)
    again.flush()
    assert table.path.read_text() == "step,value\n0,0\n1,10\n2,99\n"
