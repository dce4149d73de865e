"""Whole MATLAB files are known from torn ones, before scipy opens them."""

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from nasreid.data.layouts.matlab_sound import sound


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
