"""A file is there whole, as it was, or not at all; and what cannot be written says so."""

import errno
import os
import signal
import stat
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid import drafts
from nasreid.drafts import Unwritable, append, beside, make_folder
from nasreid.errors import NasreidError
from tests.full_disk import room


def write(path, content="new", fail=None):
    with beside(path) as draft:
        draft.write_text(content)
        if fail:
            raise fail


def abandon(path, folder=False):
    """A process that is killed while it writes."""
    child = os.fork()
    if not child:
        with beside(path, folder) as draft:
            (draft / "a" if folder else draft).write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_was_there_stays_until_all_is_written(tmp_path):
    write(tmp_path / "deep/a.txt", "old")
    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "deep/a.txt", fail=ZeroDivisionError())
    assert (tmp_path / "deep/a.txt").read_text() == "old"
    write(tmp_path / "deep/a.txt")
    assert (tmp_path / "deep/a.txt").read_text() == "new"
    assert names(tmp_path / "deep") == ["a.txt"]


def test_others_may_read_a_file_as_they_may_read_any(tmp_path):
    write(tmp_path / "a.txt")
    (tmp_path / "b.txt").write_text("")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == stat.S_IMODE((tmp_path / "b.txt").stat().st_mode)


@pytest.mark.parametrize(("place", "reason"), [
    ("folder", "it is a folder"), ("pipe", "no ordinary file"), ("file/x.svg", r"'.*file'"),
    ("/proc/x.svg", "No such file"), ("a" * 260 + ".svg", "File name too long"),
    ("b" * 300 + "/x.svg", "File name too long"), ("loop/x.svg", r"loop'"),
])  # fmt: skip
def test_places_where_nothing_can_be(tmp_path, place, reason):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop/x")
    before = names(tmp_path)
    place = str(tmp_path / place)
    with pytest.raises(Unwritable, match=f"cannot be written: .*{reason}.*expected another place") as refused:
        write(place)
    assert isinstance(refused.value, NasreidError)
    assert repr(place) in str(refused.value)
    assert ".draft" not in str(refused.value)
    assert names(tmp_path) == before


@pytest.mark.parametrize("code", ["ENOSPC", "EROFS", "EACCES", "EPERM", "EDQUOT", "EIO", "ENOENT", "EMFILE", "ESTALE"])
@pytest.mark.parametrize("call", ["open", "fsync", "replace", "scandir"])
def test_every_refusal_of_the_system_is_one_line(tmp_path, monkeypatch, code, call):
    write(tmp_path / "a.txt", "old")

    def refuse(*_, **__):
        raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)))

    monkeypatch.setattr(drafts.os, call, refuse)
    with pytest.raises(Unwritable, match=os.strerror(getattr(errno, code))) as refused:
        write(tmp_path / "a.txt")
    monkeypatch.undo()
    assert refused.value.errno == getattr(errno, code)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("save", [
    lambda tensor, draft: torch.save({"a": tensor}, draft),
    lambda tensor, draft: safetensors.torch.save_file({"a": tensor}, draft),
    lambda tensor, draft: draft.write_bytes(tensor.numpy().tobytes()),
], ids=["torch", "safetensors", "bytes"])  # fmt: skip
def test_a_full_disk_is_told_by_whoever_writes(tmp_path, save):
    (tmp_path / "a").write_text("old")
    said = "a' cannot be written: (not all of it was taken, for lack of room perhaps|.*too large)"
    with room(10000), pytest.raises(Unwritable, match=said), beside(tmp_path / "a") as draft:
        save(torch.zeros(100000), draft)
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_errors_of_who_fills_the_draft_are_their_own(tmp_path):
    with pytest.raises(RuntimeError, match="no such layer"):
        write(tmp_path / "a", fail=RuntimeError("no such layer"))
    with pytest.raises(NasreidError, match=r"a' cannot be written: gone \('other'\)"):
        write(tmp_path / "a", fail=FileNotFoundError(errno.ENOENT, "gone", "other"))


def test_what_a_killed_writer_left_goes_with_the_next_write_of_that_file(tmp_path):
    (tmp_path / ".mine.draft").touch()
    for _ in range(2):
        abandon(tmp_path / "a.txt")
    abandon(tmp_path / "b.txt")
    assert len(names(tmp_path)) == 3  # the second a.txt has removed the first one's
    write(tmp_path / "a.txt")
    assert len(names(tmp_path)) == 3
    write(tmp_path / "b.txt")
    assert names(tmp_path) == [".mine.draft", "a.txt", "b.txt"]


def test_a_folder_is_there_whole_or_not_at_all(tmp_path):
    def fill(place):
        with beside(place, folder=True) as draft:
            (draft / "inside").mkdir()
            (draft / "inside/b").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill(tmp_path / "deep/a")
    assert names(tmp_path / "deep") == []
    with beside(tmp_path / "deep/a", folder=True) as draft:
        (draft / "b").write_text("all")
    assert names(tmp_path / "deep") == ["a"]
    (tmp_path / "c").mkdir()
    assert stat.S_IMODE((tmp_path / "deep/a").stat().st_mode) == stat.S_IMODE((tmp_path / "c").stat().st_mode)
    with pytest.raises(Unwritable, match="a' cannot be written: it is a folder"), beside(tmp_path / "deep/a", True):
        pass


def test_folders_of_killed_writers_go_and_those_of_living_ones_stay(tmp_path):
    for _ in range(2):
        abandon(tmp_path / "a", folder=True)
    abandon(tmp_path / "b", folder=True)
    assert len(names(tmp_path)) == 2  # the second a has removed the first one's
    with beside(tmp_path / "a", folder=True) as one:
        (one / "1").touch()
        with beside(tmp_path / "a", folder=True):
            assert (one / "1").exists()
        assert names(tmp_path / "a") == []
        (tmp_path / "a").rmdir()
    assert names(tmp_path / "a") == ["1"]
    assert len(names(tmp_path)) == 2


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unwritable, match="file/b' cannot be written: Not a directory; expected another place"):
        make_folder(tmp_path / "file/b")
    make_folder(tmp_path / "a/b")
    make_folder(tmp_path / "a/b")
    assert names(tmp_path / "a") == ["b"]


def test_a_file_grows_by_all_or_by_nothing(tmp_path):
    append(tmp_path / "a", b"old")
    with room(10), pytest.raises(Unwritable, match="a' cannot be written: File too large"):
        append(tmp_path / "a", b"x" * 20)
    assert (tmp_path / "a").read_text() == "old"
    append(tmp_path / "a", b", new")
    assert (tmp_path / "a").read_text() == "old, new"
    with room(10), pytest.raises(Unwritable, match="new' cannot be written: File too large"):
        append(tmp_path / "new", b"x" * 20)
    assert names(tmp_path) == ["a"]
    with pytest.raises(Unwritable, match="'/dev/full' cannot be written: No space left on device"):
        append(Path("/dev/full"), b"x")
    with pytest.raises(Unwritable, match="cannot be written: Is a directory"):
        append(tmp_path, b"x")


def test_two_writers_of_one_file_leave_each_other_alone(tmp_path):
    with beside(tmp_path / "a.txt") as one, beside(tmp_path / "a.txt") as two:
        one.write_text("1")
        two.write_text("2")
        assert one != two
    assert (tmp_path / "a.txt").read_text() == "1"
    assert names(tmp_path) == ["a.txt"]


def test_a_link_in_the_place_of_a_draft_is_not_followed(tmp_path, monkeypatch):
    with beside(tmp_path / "a.txt") as draft:
        draft.touch()
    (tmp_path / "precious").write_text("mine")
    draft.symlink_to("precious")
    token = draft.name.split("-")[1].split(".")[0]
    monkeypatch.setattr(drafts.secrets, "token_hex", lambda size: token)
    with pytest.raises(Unwritable, match="File exists"):
        write(tmp_path / "a.txt")
    assert (tmp_path / "precious").read_text() == "mine"
    assert draft.is_symlink()


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=270))
def test_any_name_is_written_or_refused(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("any")
    place = folder / name.replace("/", "_")
    try:
        write(place)
    except (Unwritable, ValueError):  # a surrogate or a zero is in no name at all
        assert names(folder) == []
    else:
        assert [Path(path).read_text() for path in folder.iterdir()] == ["new"]
