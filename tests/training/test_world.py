"""Processes that share a run end together, whoever of them fails, and each says something of its own."""

import pytest
import torch

from nasreid.ranks import ALONE
from nasreid.training.world import world
from tests.training.worlds import ended


def test_without_a_launcher_there_is_one() -> None:
    with world(None, torch.device("cpu")) as ranks:
        assert ranks is ALONE


@pytest.mark.slow
def test_an_error_of_one_ends_the_other_which_says_why(tmp_path) -> None:
    assert ended(tmp_path, "one") == ["NasreidError('process 1 of 2 has ended: rotten picture')",
                                      "NasreidError('rotten picture')"]  # fmt: skip


@pytest.mark.slow
def test_the_same_error_is_said_once(tmp_path) -> None:
    assert sorted(ended(tmp_path, "both")) == ["NasreidError('the same')", "SystemExit(2)"]


@pytest.mark.slow
def test_a_killed_process_ends_the_other(tmp_path) -> None:
    first, second = ended(tmp_path, "killed")
    assert "another device's process has ended; the same command goes on" in first
    assert second == ""
