"""Searches and trainings of all three systems give what old code gave: to the byte where floats round alike."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recorded_runs import PORTABLE, SEARCHES, TRAINED

RECORD: dict[str, Any] = json.loads((Path(__file__).parent / "recorded_runs.json").read_text(encoding="utf-8"))
RUNS = [*SEARCHES, *(f"{name}-trained" for name in TRAINED)]
EXACT = {"msi-random"}  # trains nothing
# How far numbers may be apart elsewhere, as a share of what was recorded. With other kernels and two threads the first
# loss of a search was apart by up to 3e-4, later losses by 0.08, and so were the first of a training, whose genotype
# may be another; gradients of the alphas by 3, which chaos decides after a few steps; mAP of four people by 7 points.
FIRST, LATER, GRADIENT, POINTS = 3e-3, 0.5, 30.0, 40.0


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, Any]:
    made = subprocess.run([sys.executable, "-m", "tests.recorded_runs", str(tmp_path_factory.mktemp("recorded"))],
                          env=os.environ | PORTABLE, capture_output=True, text=True, check=False)  # fmt: skip
    assert made.returncode == 0, made.stderr[-2000:]
    return json.loads(made.stdout)


def test_the_record_is_of_these_runs() -> None:
    assert set(RECORD["runs"]) == set(RUNS)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_run_gives_what_it_gave(found, name) -> None:
    recorded = RECORD["runs"][name]
    given, same = found["runs"][name], found["arithmetic"] == RECORD["arithmetic"]
    assert given.keys() == recorded.keys()
    assert {what: (given[what], value) for what, value in recorded.items()
            if not _agree(name, what, given[what], value, same)} == {}  # fmt: skip


def _agree(name: str, what: str, value: Any, recorded: Any, same: bool) -> bool:
    if same or name in EXACT or what.endswith(" lr"):
        return value == recorded
    if isinstance(recorded, str):  # a hash
        return True
    if what.endswith("mAP"):
        return value == pytest.approx(recorded, abs=POINTS)
    if what.endswith("gradient"):
        return value == pytest.approx(recorded, rel=GRADIENT)
    return value == pytest.approx(recorded, rel=FIRST if what == "first loss" and name in SEARCHES else LATER)


@pytest.mark.parametrize(("name", "what", "value", "same", "agree"), [
    ("msi-tcm", "metrics.csv", "other", True, False), ("msi-tcm", "metrics.csv", "other", False, True),
    ("msi-random", "choices", "other", False, False), ("msi-tcm", "first loss", 2.005, False, True),
    ("msi-tcm", "first loss", 2.01, False, False), ("msi-tcm", "first loss", 2.001, True, False),
    ("msi-tcm-trained", "first loss", 2.01, False, True), ("msi-tcm", "last loss", 2.9, False, True),
    ("msi-tcm", "last loss", 3.1, False, False), ("msi-tcm", "first lr", 2.001, False, False)])  # fmt: skip
def test_bytes_count_where_floats_round_alike_and_numbers_everywhere(name, what, value, same, agree) -> None:
    recorded = "some" if isinstance(value, str) else 2.0
    assert _agree(name, what, value, recorded, same) is agree
