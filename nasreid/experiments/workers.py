"""Independent jobs over workers, with a ledger: processes of this machine, or an existing Ray cluster."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from nasreid.drafts import Unwritable
from nasreid.errors import Interrupted, Killed, NasreidError
from nasreid.experiments.ledger import Ledger, key_of
from nasreid.files import Document
from nasreid.progress import Bar

ATTEMPTS = 2  # a failed job is retried once
KILLS = 3  # so often is a job begun that is ended from outside

Work = Callable[..., Document]


@dataclass(frozen=True)
class Task:
    """A job and the folder it works in."""

    name: str
    spec: Document
    folder: str

    @classmethod
    def of(cls, variant: str, seed: int, spec: Document, parent: Path) -> Task:
        """That of a variant with a seed, in a folder of its own in `parent`."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", variant)
        return cls(f"{variant}, seed {seed}", spec, str(parent / f"{plain}-{seed}-{key_of(spec)[:6]}"))

    def whose(self) -> tuple[str, int]:
        """(variant, seed) that it was made of."""
        variant, _, seed = self.name.rpartition(", seed ")
        return variant, int(seed)


class Workers(ABC):
    """Where tasks run. A task that is submitted comes back as a future of its row of results."""

    @abstractmethod
    def submit(self, task: Task) -> Future[Document]:
        """Begin it as soon as a worker is free."""

    @abstractmethod
    def stop(self) -> None:
        """Ask what runs to write a checkpoint and end; begin nothing more."""


class Processes(Workers):
    """`count` jobs at a time on this machine, each in processes of its own with `threads` threads."""

    def __init__(self, count: int, threads: int, work: Work):
        if count < 1 or threads < 1:
            raise NasreidError(f"{count} workers with {threads} threads: expected at least one of each")
        self.threads, self.work = threads, work
        self._pool = ThreadPoolExecutor(count, "job")
        self._children: set[subprocess.Popen[bytes]] = set()

    def submit(self, task: Task) -> Future[Document]:
        return self._pool.submit(self.work, task.spec, task.folder, self.threads, self._children)

    def stop(self) -> None:
        told: set[subprocess.Popen[bytes]] = set()
        ending = threading.Thread(target=self._pool.shutdown, kwargs={"cancel_futures": True})
        ending.start()
        while ending.is_alive():  # a job may begin a process meanwhile
            for child in set(self._children) - told:
                child.send_signal(signal.SIGINT)
                told.add(child)
            ending.join(0.1)


class RayCluster(Workers):
    """An existing Ray cluster (the extra nasreid[ray]); its nodes must see the same folders.

    address: of it; "auto": that of this machine. gpus: for each job. Where a node is lost, its jobs go on at another.
    """

    def __init__(self, address: str, threads: int, work: Work, gpus: float = 0.0):
        try:
            import ray  # pyright: ignore[reportMissingImports]  # an extra
        except ImportError as error:
            raise NasreidError("engine 'ray' needs the extra nasreid[ray]; expected ray to be installed") from error
        try:
            _reach(address)
            if not ray.is_initialized():
                ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (OSError, ValueError) as error:  # a ConnectionError is the former
            raise NasreidError(f"no Ray cluster at {address!r}; expected one that runs: {error}") from error
        self.threads, self.work = threads, work
        self._task = ray.remote(num_cpus=threads, num_gpus=gpus, max_retries=3)(on_a_node)
        self._ray, self._running = ray, []

    def submit(self, task: Task) -> Future[Document]:
        reference = self._task.remote(self.work, os.getcwd(), task.spec, task.folder, self.threads)
        self._running.append(reference)
        return reference.future()

    def stop(self) -> None:
        for reference in self._running:
            self._ray.cancel(reference)


def _reach(address: str) -> None:
    """Raise at once where nothing listens: Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and "://" not in address:
        socket.create_connection((host, int(port)), timeout=10).close()


def on_a_node(work: Work, here: str, spec: Document, folder: str, threads: int) -> Document:
    """One job on a node of a cluster, in the folder of the driver, as paths may be relative."""
    os.chdir(here)
    children: set[subprocess.Popen[bytes]] = set()
    try:
        return work(spec, folder, threads, children)
    except BaseException:  # cancelled: what runs writes a checkpoint and ends
        for child in children:
            child.send_signal(signal.SIGINT)
        raise


def run(tasks: Sequence[Task], ledger: Ledger, workers: Workers, what: str = "jobs", quiet: bool = False) -> list[str]:
    """Run every task that is not done; returns the keys of all, in order. A failure is retried once, then recorded.
    What is ended from outside is no failure: it is begun again, and stays open where that happens KILLS times.
    """
    keys = [ledger.add(task.name, task.spec) for task in tasks]
    todo = {key: task for key, task in zip(keys, tasks, strict=True) if not settled(ledger, key)}
    waiting: dict[Future[Document], str] = {}
    kills: Counter[str] = Counter()

    def begin(key: str) -> None:
        waiting[workers.submit(todo[key])] = key

    with Bar(what, len(set(keys)), len(set(keys)) - len(todo), quiet) as bar:
        try:
            if len(tasks) > 1:
                bar.say(f"{what}: {len(set(keys))} jobs, {len(set(keys)) - len(todo)} done, {len(todo)} to run")
            for key in todo:
                begin(key)
            while waiting:
                # an interruption comes last: what was finished beside it is entered
                ended = wait(waiting, return_when=FIRST_COMPLETED).done
                for future in sorted(ended, key=lambda f: isinstance(f.exception(), KeyboardInterrupt)):
                    key = waiting.pop(future)
                    kills[key] += isinstance(future.exception(), Killed)
                    if kills[key] >= KILLS or record(ledger, key, future):
                        if ledger.state(key) == "failed":
                            bar.say(f"FAILED {todo[key].name}: {ledger.error(key)}")
                        bar.advance(todo[key].name)
                    else:
                        begin(key)
        except BaseException:
            workers.stop()
            raise
    return keys


def concluded(tasks: Sequence[Task], path: Path, workers: Workers, what: str, again: bool = False,
              quiet: bool = False) -> tuple[list[tuple[Task, Document]], dict[str, str]]:
    """Run what is missing over the ledger in a file: (tasks with their results, {name of a task that failed: why});
    again: failed jobs get their attempts back first."""
    with Ledger(path) as ledger:
        if again:
            ledger.reopen(key_of(task.spec) for task in tasks)
        keys = run(tasks, ledger, workers, what, quiet)
        pairs = list(zip(tasks, keys, strict=True))
        done = [(task, result) for task, key in pairs if (result := ledger.result(key)) is not None]
        failed = {task.name: ledger.error(key) or "" for task, key in pairs if ledger.state(key) == "failed"}
    return done, failed


def settled(ledger: Ledger, key: str) -> bool:
    """Whether a job is done, or has failed as often as it may."""
    return ledger.state(key) == "done" or ledger.attempts(key) >= ATTEMPTS


def record(ledger: Ledger, key: str, future: Future[Document]) -> bool:
    """Enter how a job ended; False when it shall be tried again. To be interrupted, killed or without room is none."""
    try:
        ledger.succeed(key, future.result())
    except (Interrupted, Unwritable):  # where the disk is full, none of the others can go on either
        raise
    except Killed:
        return False
    except Exception as error:  # whatever a job dies of is entered, and the others go on
        ledger.fail(key, " ".join(str(error).split())[-1000:])
        return settled(ledger, key)
    return True
