"""Times of stages that end, fail, are interrupted or killed, with a parent that sees it or without."""

import json
import os
import signal
import time

import pytest

from nasreid.errors import Interrupted
from nasreid.experiments import usage
from nasreid.experiments.usage import Usage
from tests.full_disk import room


@pytest.fixture
def clock(monkeypatch):
    """The time of day, to be set."""
    now = [1000.0]
    monkeypatch.setattr(usage.time, "time", lambda: now[0])
    return now


def test_seconds_add_up_over_attempts_and_of_memory_the_largest_counts(tmp_path, clock):
    for seconds, peak in ((1.5, 10.0), (2.0, None), (1.0, 30.0)):
        Usage(tmp_path).begin("search")
        clock[0] += seconds
        Usage(tmp_path).end("search", peak)
        clock[0] += 100
    assert Usage(tmp_path).of("search") == (4.5, 30.0)
    assert json.loads((tmp_path / "usage.json").read_text()) == {"search": {"seconds": 4.5, "peak_mib": 30.0}}
    assert Usage(tmp_path).of("retrain") == (None, None)


@pytest.mark.parametrize("fault", [None, ValueError, Interrupted, KeyboardInterrupt])
def test_a_process_notes_itself_however_it_ends_and_only_once(tmp_path, clock, fault):
    def work():
        with Usage(tmp_path).noted("search"):
            clock[0] += 3
            if fault:
                raise fault

    Usage(tmp_path).begin("search")
    if fault:
        with pytest.raises(fault):
            work()
    else:
        work()
    clock[0] += 5
    Usage(tmp_path).end("search", 1e9)  # the parent, which comes too late
    seconds, peak = Usage(tmp_path).of("search")
    assert seconds == 3.0
    assert 10 < peak < 1e6


def killed(place):
    """A process that is killed in an attempt."""
    child = os.fork()
    if not child:
        with Usage(place).noted("search"):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_parent_notes_what_was_killed(tmp_path, clock):
    Usage(tmp_path).begin("search")
    killed(tmp_path)
    clock[0] += 7
    Usage(tmp_path).end("search", 20.0)
    assert Usage(tmp_path).of("search") == (7.0, 20.0)


def test_an_end_that_nobody_saw_makes_the_sum_unknown_for_good(tmp_path, clock):
    Usage(tmp_path).begin("search")
    killed(tmp_path)
    assert Usage(tmp_path).of("search") == (None, None)
    Usage(tmp_path).begin("search")
    clock[0] += 2
    Usage(tmp_path).end("search", 20.0)
    assert Usage(tmp_path).of("search") == (None, 20.0)
    Usage(tmp_path).begin("search")
    Usage(tmp_path).end("search", 10.0)
    assert Usage(tmp_path).of("search") == (None, 20.0)


def test_a_clock_that_is_set_back_takes_nothing_away(tmp_path, clock):
    Usage(tmp_path).begin("search")
    clock[0] -= 3600
    Usage(tmp_path).end("search", None)
    assert Usage(tmp_path).of("search") == (0.0, None)


def test_a_fault_is_told_also_where_its_time_cannot_be_written(tmp_path):
    Usage(tmp_path).begin("search")

    def work():
        with Usage(tmp_path).noted("search"):
            raise ZeroDivisionError

    with room(3), pytest.raises(ZeroDivisionError):
        work()
    assert Usage(tmp_path).of("search")[0] is None
    assert time.time() > json.loads((tmp_path / "usage.json").read_text())["search"]["begun"]
