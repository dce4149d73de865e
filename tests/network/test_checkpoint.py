"""Checkpoints of others: weights are read, numbers are left out, code is refused."""

import os
import pickle

import numpy as np
import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.network.checkpoint import NUMBERS, read_checkpoint

NUMBERS_BESIDE = [np.float32(0.9), np.float64(0.9), np.int64(3), np.bool_(True), np.array([0.1, 0.2]), np.str_("x"),
                  np.array(["a", None], dtype=object), {"cmc": [np.float32(1)]}]  # fmt: skip


class Code:
    def __reduce__(self):
        return (os.system, ("touch executed",))


@pytest.fixture
def save(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content, name="a.pth", **how):
        torch.save(content, name, **how)
        return tmp_path / name

    return write


@pytest.mark.parametrize("number", NUMBERS_BESIDE, ids=str)
@pytest.mark.parametrize("zipped", [True, False])
def test_numbers_of_numpy_beside_the_weights_are_left_out(save, number, zipped):
    path = save({"state_dict": {"module.a": torch.ones(2)}, "rank1": number}, _use_new_zipfile_serialization=zipped)
    found = read_checkpoint(path)
    assert list(found) == ["a"]
    assert torch.equal(found["a"], torch.ones(2))


@pytest.mark.parametrize("content", [
    {"model": {"state_dict": {"a": torch.ones(2)}}}, {"state_dict": {"model": {"module.a": torch.ones(2)}}},
    {"_orig_mod.a": torch.ones(2)}, {"model": {"module._orig_mod.a": torch.ones(2)}},
    {"module.module.a": torch.ones(2)},
])  # fmt: skip
def test_weights_are_found_however_they_were_wrapped(save, content):
    assert list(read_checkpoint(save(content))) == ["a"]


def test_a_name_keeps_its_own_module(save):
    assert list(read_checkpoint(save({"b.module.a": torch.ones(2)}))) == ["b.module.a"]


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.pth")
    with pytest.raises(NasreidError, match=r"checkpoint '.*a\.pth' is a pipe, socket or device; expected a file"):
        read_checkpoint(tmp_path / "a.pth")


def test_numbers_of_the_older_numpy_are_left_out(save):
    path = save({"state_dict": {"a": torch.ones(2)}, "rank1": np.float32(0.5)}, _use_new_zipfile_serialization=False)
    content = path.read_bytes()
    assert b"numpy._core.multiarray" in content
    path.write_bytes(content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    assert list(read_checkpoint(path)) == ["a"]


@pytest.mark.parametrize("content", [
    {"state_dict": {}, "hook": Code()}, Code(), {"rank1": [np.float32(1), Code()]},
    {"a": np.array([Code()], dtype=object)},
], ids=["beside", "alone", "among", "inside"])  # fmt: skip
def test_code_is_never_run(save, tmp_path, content):
    with pytest.raises(NasreidError, match=r"a\.pth' holds (posix|nt)\.system, which loading would execute; expected"):
        read_checkpoint(save(content))
    assert not (tmp_path / "executed").exists()


def test_what_is_let_through_is_gone_afterwards(save):
    read_checkpoint(save({"a": torch.ones(1), "rank1": np.float32(1)}))
    with pytest.raises(pickle.UnpicklingError):
        torch.load("a.pth", weights_only=True)
    assert all(name.startswith("numpy.") or name == "_codecs.encode" for name in NUMBERS)


@pytest.mark.parametrize("spoil", [
    lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"PK\x03\x04" * 9,
    lambda data: b"\x80\x02" + b"(" * 50000, lambda data: b"no weights",
], ids=["half", "empty", "zip", "deep", "text"])  # fmt: skip
def test_a_damaged_file_is_one_line(save, spoil):
    path = save({"a": torch.ones(1000)})
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(NasreidError, match=r"checkpoint '.*a\.pth' is none that torch can read.*; expected a whole"):
        read_checkpoint(path)


def test_a_folder_is_one_line(tmp_path):
    with pytest.raises(NasreidError, match="cannot be read: Is a directory"):
        read_checkpoint(tmp_path)
