"""The ledger: a job is its document; nothing is forgotten, and nobody else writes."""

from __future__ import annotations

import sqlite3

import pytest

from nasreid.errors import NasreidError
from nasreid.experiments.ledger import Ledger, key_of


def test_the_same_document_is_the_same_job(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        keys = [ledger.add("one", {"a": 1, "b": 2}), ledger.add("renamed", {"b": 2, "a": 1})]
        assert keys == [key_of({"a": 1, "b": 2})] * 2
        assert list(ledger.frame()["name"]) == ["renamed"]


def test_a_result_outlives_the_process(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        key = ledger.add("one", {"a": 1})
        ledger.succeed(key, {"mAP": 12.5})
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.add("one", {"a": 1})
        assert (ledger.state(key), ledger.result(key), ledger.attempts(key)) == ("done", {"mAP": 12.5}, 1)


def test_a_failure_is_kept_and_can_be_reopened(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger:
        key = ledger.add("one", {"a": 1})
        ledger.fail(key, "no luck")
        assert (ledger.state(key), ledger.error(key), ledger.attempts(key)) == ("failed", "no luck", 1)
        ledger.reopen([key])
        assert (ledger.state(key), ledger.error(key), ledger.attempts(key)) == ("open", None, 0)


def test_a_second_writer_is_refused(tmp_path):
    with Ledger(tmp_path / "l.sqlite"), pytest.raises(NasreidError, match="no other process works on"):
        Ledger(tmp_path / "l.sqlite")


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "l.sqlite").write_text("x" * 2000)
    with pytest.raises(NasreidError, match="is no ledger"):
        Ledger(tmp_path / "l.sqlite")


def test_an_unknown_job_is_refused(tmp_path):
    with Ledger(tmp_path / "l.sqlite") as ledger, pytest.raises(NasreidError, match="job 'abc' is not in the ledger"):
        ledger.state("abc")


@pytest.mark.parametrize("made", ["CREATE TABLE others (a TEXT)", "CREATE TABLE jobs (key TEXT, state TEXT)"])
def test_another_database_is_refused_and_left_alone(tmp_path, made):
    base = sqlite3.connect(tmp_path / "l.sqlite")
    base.execute(made)
    base.close()
    before = (tmp_path / "l.sqlite").read_bytes()
    with pytest.raises(NasreidError, match=r"l\.sqlite' is no ledger of nasreid's.*expected another place"):
        Ledger(tmp_path / "l.sqlite")
    assert (tmp_path / "l.sqlite").read_bytes() == before


def test_a_folder_in_its_place_and_a_torn_ledger_are_one_line(tmp_path):
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(NasreidError, match=r"folder\.sqlite': unable to open.*right to write"):
        Ledger(tmp_path / "folder.sqlite")
    with Ledger(tmp_path / "l.sqlite") as ledger:
        key = ledger.add("one", {"a": 1})
        ledger.succeed(key, {"mAP": 1})
        ledger._ask("UPDATE jobs SET result = '{\"mAP\"'")
        with pytest.raises(NasreidError, match="is no JSON; expected a ledger that only nasreid writes"):
            ledger.result(key)
    content = (tmp_path / "l.sqlite").read_bytes()
    (tmp_path / "l.sqlite").write_bytes(content[:5000] + b"\xff" * 4000)
    with pytest.raises(NasreidError, match=r"ledger '.*l\.sqlite'"), Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.frame()
