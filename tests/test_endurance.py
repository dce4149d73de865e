"""A short form of `make endurance`, and that it would notice."""

import random

import pytest

from nasreid.errors import NasreidError
from tests import fuzz, kills
from tests.endurance import Counts, main


@pytest.mark.slow
def test_kills_and_odd_input_leave_nothing_behind(capsys):
    assert main(["--kills", "4", "--inputs", "250", "--seed", "7"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "kills 4, lost 0, different 0, tracebacks 0, wrong accepts 0, hangs 0")


def broken() -> int:
    raise KeyError("a")


def refused() -> int:
    raise NasreidError("no")


@pytest.mark.parametrize(("fate", "call", "noted"), [
    (fuzz.REFUSED, lambda: 0, "wrong_accepts"), (fuzz.TAKEN, lambda: 2, "lost"), (fuzz.EITHER, broken, "tracebacks"),
    (fuzz.EITHER, lambda: 3, "tracebacks"), (fuzz.TAKEN, refused, "lost")])
def test_what_must_not_happen_is_counted(monkeypatch, tmp_path, fate, call, noted):
    monkeypatch.setattr(fuzz, "KINDS", [lambda *_: iter([("case", fate, call)])])
    counts = Counts()
    fuzz.run(tmp_path, tmp_path, 1, 0, counts)
    assert getattr(counts, noted) == 1
    assert not counts.clean()


@pytest.mark.parametrize(("says", "status", "noted"), [
    (["goes on after step 4", "goes on after step 2", ""], [-9, -9, 0], "lost"), (["Traceback"], [1], "tracebacks"),
    ([""], [None], "hangs"), ([""], [2], "lost")])
def test_what_a_killed_run_must_not_do_is_counted(monkeypatch, tmp_path, says, status, noted):
    turns = iter(zip(status, says, strict=True))
    monkeypatch.setattr(kills, "child", lambda *_: next(turns))
    counts = Counts()
    kills.until_done(tmp_path / "run", kills.Case(("search",), ()), 5, kills.Moments(random.Random(0), 1.0), counts)
    assert getattr(counts, noted) >= 1


def test_about_four_of_five_moments_are_before_the_end_whatever_that_is():
    moments, hits = kills.Moments(random.Random(0), 1000.0), []
    for _ in range(400):
        hits.append(moments.draw() < 3.0)
        moments.learn(hits[-1])
    assert 0.7 < sum(hits[100:]) / 300 < 0.85
