"""The ledger: a job is its document; nothing is forgotten, and nobody else writes."""

from __future__ import annotations

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
