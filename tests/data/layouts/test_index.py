"""The list beside the data: the same as a fresh one, whatever happened to the folder."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasreid.data.layouts import index as module
from nasreid.data.layouts.index import NAME, Index, index
from nasreid.errors import NasreidError


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three folders that changed long ago, where a list is kept however short."""
    monkeypatch.setattr(module, "WORTH", 1)
    root = tmp_path / "data"
    for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg", "b/deep/1.jpg", ".hidden/x.jpg", "a/.dot.jpg", "a/Thumbs.db"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 10 * module.SETTLED)
    return root


def files(listed: Index) -> set[str]:
    return {f"{folder}/{name}".lstrip("/") for folder in listed.folders for name in listed.files(folder)}


def test_lists_files_and_folders_and_forgets_dot_files(settled: Path) -> None:
    listed = index(settled)
    assert files(listed) == {"a/1.jpg", "a/2.jpg", "b/1.jpg", "b/deep/1.jpg"}
    assert len(listed) == 4
    assert "b/deep/1.jpg" in listed
    assert "a" not in listed
    assert "z/1.jpg" not in listed
    assert (listed.below(""), listed.below("z"), listed.files("z")) == (("a", "b"), (), ())


def test_kept_list_is_believed_until_a_folder_changes(settled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = index(settled)
    listed: list[str] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: listed.append(Path(folder).name) or real(folder))
    assert files(index(settled)) == files(first)
    assert listed == ["data"]
    (settled / "a" / "3.jpg").touch()
    assert files(index(settled)) == files(first) | {"a/3.jpg"}
    assert [name for name in listed if name != "data"] == ["a"]  # a write looks for drafts in data
    (settled / "b" / "deep" / "1.jpg").unlink()
    (settled / "c").mkdir()
    (settled / "c" / "1.jpg").touch()
    assert files(index(settled)) == files(first) - {"b/deep/1.jpg"} | {"a/3.jpg", "c/1.jpg"}


def test_a_time_set_back_does_not_hide_a_change(settled: Path) -> None:
    index(settled)
    before = os.stat(settled / "a")
    (settled / "a" / "9.jpg").touch()
    os.utime(settled / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "a/9.jpg" in index(settled)


def test_a_folder_that_has_just_changed_is_not_kept(settled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(module, "WORTH", 1)
    index(settled)
    assert json.loads((settled / NAME).read_text()) == {}


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"\xff", b"3", b'{"a": 3}', b'{"a": [1, 2, [3], []]}', b'{"a": [null, 0, [], []]}',
])  # fmt: skip
def test_a_spoilt_list_is_made_anew(settled: Path, content: bytes) -> None:
    fresh = files(index(settled))
    kept = (settled / NAME).read_bytes()
    (settled / NAME).write_bytes(content)
    assert files(index(settled)) == fresh
    assert (settled / NAME).read_bytes() == kept


def test_nothing_is_written_where_it_must_not_or_need_not(settled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, text: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, "write_text", refuse)
    assert len(index(settled)) == 4
    monkeypatch.undo()
    assert len(index(settled)) == 4
    assert not (settled / NAME).exists()


def test_links_are_followed_once(settled: Path) -> None:
    (settled / "b" / "up").symlink_to(settled)
    (settled / "again").symlink_to(settled / "a")
    assert files(index(settled)) == {"a/1.jpg", "a/2.jpg", "again/1.jpg", "again/2.jpg", "b/1.jpg", "b/deep/1.jpg"}


def test_what_cannot_be_listed_is_named(settled: Path) -> None:
    with pytest.raises(NasreidError, match=r"none: cannot be listed \(No such file"):
        index(settled / "none")


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "folder"]), st.sampled_from("abc"),
                          st.sampled_from("123")), max_size=6))
def test_always_equal_to_a_fresh_list(tmp_path_factory: pytest.TempPathFactory, steps: list) -> None:
    root = tmp_path_factory.mktemp("index")
    for folder in "abc":
        (root / folder).mkdir()
    for kind, folder, name in steps:
        if kind == "add":
            (root / folder / name).touch()
        elif kind == "remove":
            (root / folder / name).unlink(missing_ok=True)
        else:
            (root / folder / f"sub{name}").mkdir(exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "WORTH", 0)
            patch.setattr(module, "SETTLED", 0)
            kept = index(root)
        (root / NAME).unlink(missing_ok=True)
        assert kept.folders.keys() == index(root).folders.keys()
        assert files(kept) == files(index(root))
