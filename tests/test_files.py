import os

import pytest

from nasreid.errors import NasreidError
from nasreid.files import home, read_bytes


def test_a_file_is_read_up_to_its_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a", "a word", 5) == b"12345"
    with pytest.raises(NasreidError, match=r"a: 5 bytes; expected a word of at most 4$"):
        read_bytes(tmp_path / "a", "a word", 4)
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(10**12)
    with pytest.raises(NasreidError, match=r"sparse: 1000000000000 bytes; expected a word of at most 9$"):
        read_bytes(tmp_path / "sparse", "a word", 9)


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(NasreidError, match=rf"{name}: a pipe, socket or device and no file; expected a word$"):
            read_bytes(tmp_path / name, "a word", 9)
    with pytest.raises(NasreidError, match=r"Is a directory; expected a word$"):
        read_bytes(tmp_path, "a word", 9)
    with pytest.raises(NasreidError, match=r"none: no such file; expected a word$"):
        read_bytes(tmp_path / "none", "a word", 9)
    with pytest.raises(NasreidError, match=r"'a\\x00': no name of a file; expected a word$"):
        read_bytes("a\0", "a word", 9)


def test_home_is_put_into_every_path(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    given = {"data": "~/d", "args": {"list": ["~/a", "~b", 1, None], "pair": ("~", "x~/y")}, "~/key": True}
    assert home(given) == {"data": "/home/ann/d", "args": {"list": ["/home/ann/a", "~b", 1, None],
                                                           "pair": ("/home/ann", "x~/y")}, "~/key": True}
