"""Subnormal numbers are zero while a run computes: in its threads, too, and not afterwards."""

import subprocess
import sys

import torch

from nasreid.training.subnormals import flushed

THREADS = """
import torch
from nasreid.training.subnormals import flushed

torch.set_num_threads(2)
with flushed():
    left = int((torch.full((2**20,), 1e-30) * 1e-10).count_nonzero())
print(left, len(torch.full((8,), 1e-30).mul_(1e-10).nonzero()))
"""


def subnormals():
    return int(torch.full((8,), 1e-30).mul_(1e-10).count_nonzero())


def test_they_are_zero_inside_and_what_they_were_outside():
    assert subnormals() == 8
    with flushed():
        assert subnormals() == 0
        with flushed():
            assert subnormals() == 0
        assert subnormals() == 0
    assert subnormals() == 8


def test_a_function_may_wear_it():
    assert flushed()(subnormals)() == 0
    assert subnormals() == 8


def test_threads_that_start_inside_do_alike():
    made = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=True)
    assert made.stdout == "0 8\n"
