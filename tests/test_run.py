"""The run folder: what is refused, what is continued, what survives."""

import hashlib
from pathlib import Path

import pytest

from nasreid.drafts import Unwritable
from nasreid.errors import NasreidError
from nasreid.run import RunFolder, Table
from tests.full_disk import room


def opened(path, options, **how):
    """The folder, let go again."""
    with RunFolder(path, {"search": options}, **how) as folder:
        return folder


def test_a_finished_run_is_known_and_not_overwritten_without_force(tmp_path, capsys):
    with RunFolder(tmp_path / "run", {"search": {"seed": 1}}) as folder:
        assert not folder.finished
        folder.finish({"steps": 1})
    assert opened(tmp_path / "run", {"seed": 1}).finished
    assert "holds this run, finished: nothing is left to do (--force begins anew)" in capsys.readouterr().err
    with pytest.raises(NasreidError, match="holds a finished run with seed=1, not 2; expected the same arguments"):
        opened(tmp_path / "run", {"seed": 2})
    (tmp_path / "run" / "tensorboard").mkdir()
    assert not opened(tmp_path / "run", {"seed": 2}, force=True).finished
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["config.yaml"]


def test_an_unfinished_run_goes_on_with_the_same_configuration_only(tmp_path):
    for _ in range(2):
        opened(tmp_path / "run", {"seed": 1, "shares": (0.6, 0.8)})
    with pytest.raises(NasreidError, match="unfinished run with seed=1, not 2"):
        opened(tmp_path / "run", {"seed": 2, "shares": (0.6, 0.8)})
    assert opened(tmp_path / "a", {"seed": 1}).digest != opened(tmp_path / "b", {"seed": 2}).digest


def refused(path, begun=()):
    def ran():
        with RunFolder(path, {"search": {"seed": 1}}) as folder:
            for name in begun:
                (folder / name).mkdir()
            raise NasreidError("no")

    with pytest.raises(NasreidError, match="no"):
        ran()


def test_a_new_run_that_is_refused_before_its_first_number_leaves_nothing(tmp_path):
    refused(tmp_path / "run", ["tensorboard"])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    refused(tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []
    refused(tmp_path / "run", ["metrics.csv"])
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"config.yaml", "metrics.csv"}
    opened(tmp_path / "begun", {"seed": 1})
    refused(tmp_path / "begun")
    assert (tmp_path / "begun" / "config.yaml").exists(), "it may have been killed, and goes on"


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


def test_a_table_knows_what_it_held(tmp_path):
    table = Table(tmp_path / "t.csv", ("step", "value"))
    assert table.digest()[0] == 0
    table.add(0, 1)
    table.flush()
    size, digest = table.digest()
    table.add(1, 2)
    table.flush()
    table.check(size, digest)  # more than that may be there
    table.path.write_text("step,value\n")
    with pytest.raises(NasreidError, match=rf"t.csv is not what the run has written \(11 of {size} bytes"):
        table.check(size, digest)
    table.path.unlink()
    with pytest.raises(NasreidError, match=r"\(0 of"):
        table.check(size, digest)


def test_the_digest_of_a_table_is_of_what_was_written_and_is_not_read_again(tmp_path, monkeypatch):
    table = Table(tmp_path / "t.csv", ("step", "value"))
    for step in range(5):
        table.add(step, step * 10)
        table.flush()
        content = table.path.read_bytes()
        assert table.digest() == (len(content), hashlib.sha256(content).hexdigest())
    again = Table(table.path, ("step", "value"))  # after a restart
    again.rewind(3)
    content = table.path.read_bytes()
    assert again.digest() == (len(content), hashlib.sha256(content).hexdigest())
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", None)
        again.add(3, 99)
        again.flush()
        size, digest = again.digest()
    assert (size, digest) == (table.path.stat().st_size, hashlib.sha256(table.path.read_bytes()).hexdigest())


def test_a_table_that_somebody_else_changes_is_refused(tmp_path):
    table = Table(tmp_path / "t.csv", ("step", "value"))
    table.add(0, 1)
    table.flush()
    table.path.unlink()
    table.add(1, 2)
    with pytest.raises(NasreidError, match=r"t.csv is not what the run has written \(0 of 15 bytes"):
        table.flush()


def test_a_table_on_a_full_disk_is_named_and_stays_whole(tmp_path):
    table = Table(tmp_path / "t.csv", ("step", "value"))
    table.add(0, 1)
    table.flush()
    before, digest = table.path.read_text(), table.digest()
    for step in range(1, 100):
        table.add(step, 1)
    with room(200), pytest.raises(Unwritable, match=r"t.csv' cannot be written: File too large; expected another"):
        table.flush()
    assert (table.path.read_text(), table.digest()) == (before, digest)
    table.flush()
    assert len(table.path.read_text().splitlines()) == 101


@pytest.mark.parametrize("rubbish", [b"4,4", b"\0" * 400_000, bytes(range(256)) * 9, b'"' + b"x" * 200_000,
                                     b"\xff\xfe\n5,5", "\u00b2,1\n".encode()], ids=range(6))
def test_a_table_forgets_whatever_a_crash_left_behind_it(tmp_path, rubbish):
    table = Table(tmp_path / "t.csv", ("step", "value"))
    table.add(0, 1)
    table.flush()
    whole = table.path.read_bytes()
    table.path.write_bytes(whole + rubbish)
    Table(table.path, ("step", "value")).rewind(1)
    assert table.path.read_bytes() == whole


def test_a_configuration_that_an_editor_marked_is_still_ours(tmp_path):
    with RunFolder(tmp_path, {"search": {"seed": 1}}):
        pass
    config = tmp_path / "config.yaml"
    config.write_bytes(b"\xef\xbb\xbf" + config.read_bytes())
    (tmp_path / "checkpoint.pt").touch()
    with RunFolder(tmp_path, {"search": {"seed": 2}}, force=True):
        assert not (tmp_path / "checkpoint.pt").exists()


def test_a_folder_whose_configuration_is_anything_is_no_run_to_be_deleted(tmp_path):
    (tmp_path / "config.yaml").write_bytes(bytes(range(256)))
    with pytest.raises(NasreidError, match=r"config\.yaml"):
        RunFolder(tmp_path, {"search": {"seed": 1}}, force=True)
    assert (tmp_path / "config.yaml").read_bytes() == bytes(range(256))


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


def test_what_a_run_writes_is_for_people_too(tmp_path):
    with RunFolder(tmp_path / "run", {"search": {"name": "Größe", "b": 1, "a": 2}}) as folder:
        folder.finish({"steps": 1})
    written = (folder / "config.yaml").read_text(encoding="utf-8")
    assert [line.strip() for line in written.splitlines()[1:]] == ["search:", "name: Größe", "b: 1", "a: 2"]
    assert (folder / "result.json").read_text().startswith('{\n  "steps": 1,\n  "machine": {')
