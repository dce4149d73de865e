"""Jobs over workers: each once, a failure twice, an interruption costs nothing that was finished."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from nasreid.errors import NasreidError
from nasreid.experiments.ledger import Ledger
from nasreid.experiments.workers import Processes, Task, run


class Counted:
    """A job that counts its calls; those in `broken` fail the given number of times first."""

    def __init__(self, broken=None):
        self.calls, self.broken, self.lock = [], dict(broken or {}), threading.Lock()

    def __call__(self, spec, folder, threads, children):
        with self.lock:
            self.calls.append(spec["n"])
            self.broken[spec["n"]] = left = self.broken.get(spec["n"], 0) - 1
        if left >= 0:
            raise NasreidError(f"job {spec['n']} broke")
        return {"square": spec["n"] ** 2}


def tasks(count):
    return [Task(f"job {n}", {"n": n}, "nowhere") for n in range(count)]


@pytest.mark.parametrize("workers", [1, 3])
def test_every_job_runs_once_and_the_second_time_none_does(tmp_path, workers):
    work = Counted()
    for _ in range(2):
        with Ledger(tmp_path / "l") as ledger:
            keys = run(tasks(5), ledger, Processes(workers, 1, work), quiet=True)
            assert [ledger.result(key) for key in keys] == [{"square": n * n} for n in range(5)]
    assert sorted(work.calls) == list(range(5))


def test_a_job_that_fails_once_is_retried(tmp_path):
    work = Counted({2: 1})
    with Ledger(tmp_path / "l") as ledger:
        keys = run(tasks(4), ledger, Processes(1, 1, work), quiet=True)
        assert [ledger.state(key) for key in keys] == ["done"] * 4
    assert work.calls.count(2) == 2


def test_a_job_that_fails_twice_is_entered_and_the_others_finish(tmp_path):
    work = Counted({1: 99})
    with Ledger(tmp_path / "l") as ledger:
        keys = run(tasks(3), ledger, Processes(1, 1, work), quiet=True)
        assert [ledger.state(key) for key in keys] == ["done", "failed", "done"]
        assert ledger.error(keys[1]) == "job 1 broke"
    assert work.calls.count(1) == 2


def test_an_interruption_stops_the_children_and_keeps_what_is_done(tmp_path):
    seen = []

    def work(spec, folder, threads, children):
        if spec["n"] == 1:
            while not children:
                threading.Event().wait(0.01)
            raise KeyboardInterrupt
        if spec["n"] == 2:
            sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
            with subprocess.Popen(sleeper, stderr=subprocess.DEVNULL) as child:
                children.add(child)
                seen.append(child.wait())
        return {"n": spec["n"]}

    with Ledger(tmp_path / "l") as ledger, pytest.raises(KeyboardInterrupt):
        run(tasks(3), ledger, Processes(3, 1, work), quiet=True)
    assert seen
    assert seen[0] != 0
    with Ledger(tmp_path / "l") as ledger:
        states = list(ledger.frame()["state"])
    assert states == ["done", "open", "open"]


def test_a_process_that_a_job_begins_while_all_is_stopped_is_stopped_too(tmp_path):
    begun = threading.Event()

    def work(spec, folder, threads, children):
        for _ in range(2):  # two stages, of which the first ends of the interruption
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stderr=subprocess.DEVNULL)
            children.add(child)
            begun.set()
            child.wait()
        return {}

    workers = Processes(1, 1, work)
    future = workers.submit(tasks(1)[0])
    assert begun.wait(60)
    workers.stop()
    assert future.done()


def test_no_worker_is_refused():
    with pytest.raises(NasreidError, match="0 workers"):
        Processes(0, 1, print)
