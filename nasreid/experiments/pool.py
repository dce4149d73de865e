"""Workers for many short jobs: they keep what they have imported and read from one job to the next."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import weakref
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from nasreid.errors import NasreidError
from nasreid.experiments.workers import Task, Work, Workers
from nasreid.files import Document
from nasreid.signals import APART, hear, held_back

AGAIN = 2 * APART  # seconds: within APART, a second signal would be the first one


class Here(Workers):
    """This very process: a task is done when `submit` returns."""

    def __init__(self, work: Work):
        self.work = work

    def submit(self, task: Task) -> Future[Document]:
        future: Future[Document] = Future()
        try:
            future.set_result(self.work(task.spec, task.folder, 1, None))
        except Exception as error:
            future.set_exception(error)
        return future

    def stop(self) -> None:
        """Nothing runs."""


class Pool(Workers):
    """`count` processes of this machine with `threads` threads each; `work` is importable by name.

    Ctrl-C: each finishes its step and writes a checkpoint. A process whose parent was killed ends within a second.
    """

    def __init__(self, count: int, work: Work, threads: int = 1):
        if count < 1 or threads < 1:
            raise NasreidError(f"{count} workers with {threads} threads: expected at least one of each")
        self.work, self.threads = work, threads
        self._before = {child.pid for child in multiprocessing.active_children()}
        self._pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin, (threads, os.getpid()))
        weakref.finalize(self, self._pool.shutdown)  # by itself it would end beside Python, and stumble over its end
        self._open: set[Future[Document]] = set()

    def submit(self, task: Task) -> Future[Document]:
        try:
            with held_back():
                future = self._pool.submit(self.work, task.spec, task.folder, self.threads, None)
        except BrokenProcessPool as error:
            raise NasreidError("a worker process was killed, by lack of memory perhaps; expected it to live: the same "
                               "command goes on from there") from error
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return future

    def stop(self) -> None:
        given = {future for future in list(self._open) if not future.cancel()}
        ending = threading.Thread(target=self._pool.shutdown, kwargs={"cancel_futures": True})
        ending.start()
        while given:  # a process that ends one job may have taken the next before it could be cancelled
            for child in multiprocessing.active_children():
                if child.pid is not None and child.pid not in self._before:
                    with suppress(ProcessLookupError):  # it has ended meanwhile
                        os.kill(child.pid, signal.SIGINT)
            given = wait(given, AGAIN).not_done
        ending.join()


def _begin(threads: int, parent: int) -> None:
    """In a fresh process: before torch is imported, which reads the number of threads once."""
    os.environ.update(OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))  # one that came before the first job
    hear()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a loop that runs sets its own handler
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
