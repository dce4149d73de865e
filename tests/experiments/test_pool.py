"""Workers of many short jobs: this process, and processes that stay."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from nasreid.errors import Interrupted, NasreidError
from nasreid.experiments.ledger import Ledger
from nasreid.experiments.pool import Here, Pool
from nasreid.experiments.workers import Task, run
from nasreid.signals import cut_off


def square(spec, folder, threads, children):
    return {"square": spec["n"] ** 2, "process": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"]}


def refuse(spec, folder, threads, children):
    raise NasreidError(f"job {spec['n']} broke")


def stop(spec, folder, threads, children):
    raise Interrupted("after step 3")


def die(spec, folder, threads, children):
    os.kill(os.getpid(), signal.SIGKILL)


def wait(spec, folder, threads, children):
    stopped = []
    signal.signal(signal.SIGINT, lambda *_: stopped.append(1))  # as a loop does
    print(os.getpid(), flush=True)
    since = time.monotonic()
    while not stopped and time.monotonic() - since < 60:
        time.sleep(0.01)
    raise Interrupted("after step 3") if stopped else NasreidError("nobody came")


@cut_off()
def train(spec, folder, threads, children):
    with open(folder, "a", encoding="ascii") as begun:
        begun.write(".")
    time.sleep(60)
    raise NasreidError("nobody came")


def hold(spec, folder, threads, children):
    with open(folder, "a", encoding="ascii") as begun:
        begun.write(".")
    return wait(spec, folder, threads, children)


def test_a_pool_that_is_stopped_begins_none_of_the_others(tmp_path):
    pool, begun = Pool(1, hold), tmp_path / "begun"
    futures = [pool.submit(Task(f"{n}", {"n": n}, str(begun))) for n in range(9)]
    while not begun.exists():
        time.sleep(0.01)
    pool.stop()
    assert all(future.done() for future in futures)
    assert sum(future.cancelled() for future in futures) >= 6, "one ran, two were with the process already"
    assert len(begun.read_text()) <= 3


def test_a_pool_that_is_stopped_waits_for_nothing_without_a_checkpoint(tmp_path):
    pool, begun = Pool(1, train), tmp_path / "begun"
    future = pool.submit(Task("a", {}, str(begun)))
    while not begun.exists():
        time.sleep(0.01)
    pool.stop()
    assert isinstance(future.exception(), Interrupted)


@pytest.mark.parametrize("stopped", [True, False])
def test_a_pool_that_is_done_with_has_ended(stopped):
    before = set(threading.enumerate())
    pool = Pool(1, square)
    assert pool.submit(Task("a", {"n": 3}, "")).result()["square"] == 9
    if stopped:
        pool.stop()
    del pool
    assert set(threading.enumerate()) == before
    assert multiprocessing.active_children() == []


def test_here_a_task_is_done_at_once_and_an_error_is_kept():
    assert Here(square).submit(Task("a", {"n": 3}, "")).result()["square"] == 9
    with pytest.raises(NasreidError, match="job 3 broke"):
        Here(refuse).submit(Task("a", {"n": 3}, "")).result()


def test_an_interruption_goes_through():
    with pytest.raises(Interrupted):
        Here(stop).submit(Task("a", {}, ""))


def test_jobs_share_a_process_that_has_its_threads_and_failures_are_entered(tmp_path):
    with Ledger(tmp_path / "l") as ledger:
        keys = run([Task(f"{n}", {"n": n}, "") for n in range(3)], ledger, Pool(1, square, threads=2), quiet=True)
        results = [ledger.result(key) for key in keys]
        assert [result["square"] for result in results] == [0, 1, 4]
        assert {result["threads"] for result in results} == {"2"}
        assert len({result["process"] for result in results} | {os.getpid()}) == 2
        failed = run([Task("bad", {"n": 7}, "")], ledger, Pool(1, refuse), quiet=True)
        assert ledger.error(failed[0]) == "job 7 broke"


def test_a_worker_that_was_killed_is_said_in_one_line(tmp_path):
    with Ledger(tmp_path / "l") as ledger, pytest.raises(NasreidError, match="a worker process was killed"):
        run([Task("a", {"n": 1}, "")], ledger, Pool(1, die), quiet=True)


PARENT = """
from nasreid.experiments.pool import Pool
from nasreid.experiments.workers import Task
from tests.experiments.test_pool import wait
if __name__ == "__main__":
    pool = Pool(1, wait)
    try:
        pool.submit(Task("a", {}, "")).result()
    except KeyboardInterrupt:
        pool.stop()
        print("stopped", flush=True)
"""


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_its_parent(tmp_path, blow):
    (tmp_path / "parent.py").write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
    with subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, env=environment) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(blow)
        said = parent.stdout.read()  # until parent and child have closed it
    assert child != parent.pid
    assert said == ("stopped\n" if blow == signal.SIGINT else "")


def test_no_worker_is_refused():
    with pytest.raises(NasreidError, match="0 workers"):
        Pool(0, square)
