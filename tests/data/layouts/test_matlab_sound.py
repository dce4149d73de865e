"""Whole MATLAB files are known from torn ones, before scipy opens them."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from nasreid.data.layouts import matlab_sound
from nasreid.data.layouts.matlab import read_mat
from nasreid.data.layouts.matlab_sound import TooMuch, sound
from nasreid.errors import NasreidError


def saved(compressed: bool) -> bytes:
    cells = np.empty((1, 3), dtype=object)
    cells[0] = [np.arange(5.0), np.array(["ab"]), {"a": np.arange(3), "bc": np.empty((0, 0))}]
    buffer = io.BytesIO()
    savemat(buffer, {"cells": cells, "z": np.array([1 + 2j]), "text": "grün"}, do_compression=compressed)
    return buffer.getvalue()


PLAIN = saved(False)


def test_whole_files_are_sound() -> None:
    assert sound(PLAIN)
    assert sound(saved(True))


@given(st.integers(0, len(PLAIN) - 2))
def test_a_cut_file_holds_fewer_variables_or_is_not_sound(length: int) -> None:
    starts = {128, *(n for n in range(128, len(PLAIN)) if PLAIN[n:n + 4] == b"\x0e\0\0\0")}
    assert not sound(PLAIN[:length]) or length in starts


def test_sizes_that_do_not_fit_are_not_sound() -> None:
    place = PLAIN.index(np.arange(5.0).tobytes()) - 24  # the sizes (1, 5) stand before the empty name and the tag
    assert PLAIN[place:place + 8] == np.array([1, 5], np.int32).tobytes()
    for sizes in ((1, 6), (2**30, 5), (-1, -5)):
        assert not sound(PLAIN[:place] + np.array(sizes, np.int32).tobytes() + PLAIN[place + 8:])


def element(kind: int, content: bytes) -> bytes:
    return struct.pack("<II", kind, len(content)) + content


def array(kind: int, count: int, content: bytes) -> bytes:
    """A variable with the empty name."""
    head = element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack("<ii", 1, count)) + element(1, b"")
    return PLAIN[:128] + element(14, head + content)


def zipped(one: bytes) -> bytes:
    return one[:128] + element(15, zlib.compress(one[128:]))


NINE = array(1, 9, element(14, b"") * 9)


@pytest.mark.parametrize(("one", "words"), [
    (array(6, 65, element(2, bytes(65))), "512 bytes"), (zipped(array(6, 65, element(2, bytes(65)))), "512 bytes"),
    (array(4, 2**31 - 1, element(16, b"abcd")), "512 bytes"), (zipped(array(9, 500, element(2, bytes(500)))), "512 by"),
    (NINE, "8 cells"), (zipped(NINE), "8 cells"),
])  # fmt: skip
def test_what_unpacks_to_more_than_the_limits_is_told(
    one: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert one != NINE or sound(one)
    monkeypatch.setattr(matlab_sound, "UNPACKED", 512)
    monkeypatch.setattr(matlab_sound, "ARRAYS", 8)
    assert sound(zipped(array(6, 3, element(9, bytes(24)))))
    with pytest.raises(TooMuch, match=f"more than {words}"):
        sound(one)


def test_a_bomb_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bomb.mat").write_bytes(zipped(array(6, 2**26, element(2, bytes(2**26)))))
    with pytest.raises(NasreidError, match=r"bomb\.mat: unpacks to more than 268435456 bytes; expected a MATLAB file"):
        read_mat(tmp_path / "bomb.mat")
    os.mkfifo(tmp_path / "pipe.mat")
    with pytest.raises(NasreidError, match=r"pipe\.mat: a pipe, socket or device and no file; expected a MATLAB file"):
        read_mat(tmp_path / "pipe.mat")
