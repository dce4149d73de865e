"""Searches and trainings of all three systems give what the recorded code gave: here to the byte, elsewhere nearly."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.recorded_runs import SEARCHES, TRAINED, arithmetic, record

RECORD: dict[str, Any] = json.loads((Path(__file__).parent / "recorded_runs.json").read_text(encoding="utf-8"))
RUNS = [*SEARCHES, *(f"{name}-trained" for name in TRAINED)]
# Steps, sizes and parameters of a training, and all of a search that trains nothing, are no matter of rounding.
EXACT = {"result": RUNS, "choices": ["msi-random"], "provenance": ["msi-random"]}
FIRST, LAST = 1e-3, 0.5


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, Any]:
    return record(tmp_path_factory.mktemp("recorded"))["runs"]


def test_the_record_is_of_these_runs() -> None:
    assert set(RECORD["runs"]) == set(RUNS)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_run_gives_what_it_gave(found, name) -> None:
    recorded = RECORD["runs"][name]
    assert found[name].keys() == recorded.keys()
    same = arithmetic() == RECORD["arithmetic"]
    assert {what: (found[name][what], value) for what, value in recorded.items()
            if not _agree(name, what, found[name][what], value, same)} == {}  # fmt: skip


def _agree(name: str, what: str, value: Any, recorded: Any, same: bool) -> bool:
    if same or name in EXACT.get(what, ()):
        return value == recorded
    if isinstance(recorded, str):
        return True
    return value == pytest.approx(recorded, rel=FIRST if what.startswith("first") else LAST)


@pytest.mark.parametrize(("what", "value", "same", "agree"), [
    ("metrics.csv", "other", True, False), ("metrics.csv", "other", False, True), ("result", "other", False, False),
    ("first loss", 2.001, False, True), ("first loss", 2.01, False, False), ("first loss", 2.001, True, False),
    ("last loss", 2.9, False, True), ("last loss", 3.1, False, False)])  # fmt: skip
def test_bytes_count_where_floats_round_alike_and_numbers_everywhere(what, value, same, agree) -> None:
    recorded = {"metrics.csv": "some", "result": "some"}.get(what, 2.0)
    assert _agree("msi-tcm", what, value, recorded, same) is agree
