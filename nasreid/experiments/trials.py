"""Trials of whole architectures over a ledger, whoever asks for them: NNI's strategies or Optuna's samplers.

Who asks keeps no checkpoint: after an interruption the seeded one is played again from the start, and what the ledger
knows is answered from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from nasreid.errors import NasreidError
from nasreid.experiments.ledger import Ledger
from nasreid.experiments.workers import Task, Workers, record, settled
from nasreid.files import Document
from nasreid.mutation import Decisions
from nasreid.progress import Bar

METRIC = "mAP"
REFUSALS = 1000  # so many proposals in a row that cost too much, and the search is given up
Choices = dict[str, str]
Told = Callable[[Document | None], object]


class Chooser(ABC):
    """A strategy by trials: it asks for architectures and is told what they score."""

    @abstractmethod
    def play(self, trials: Trials, decisions: Decisions) -> None:
        """Ask until `trials.left()` says no, or nothing is left to ask for."""


@dataclass
class _Asked:
    key: str
    choices: Choices
    task: Task
    future: Future[Document] | None
    told: Told


class Trials:
    """Runs at most `count` trials, up to `concurrent` of them at a time, and keeps every result in the ledger.

    task(choices) makes the job of a trial. Results are told in the order in which they were asked for, however fast
    each came: so what is asked next follows from the seed, the scores and `concurrent` alone, and a search that goes on
    after an interruption asks for the same trials again. A trial that failed twice has no score. refuse(choices): why
    an architecture is not to be tried, or None; what is refused is told as one that failed, and is no trial.
    """

    def __init__(self, task: Callable[[Choices], Task], ledger: Ledger, workers: Workers, count: int,
                 concurrent: int = 1, quiet: bool = False, refuse: Callable[[Choices], str | None] | None = None):
        self._task, self._ledger, self._workers, self.count, self._open = task, ledger, workers, count, concurrent
        self._refuse, self._refused, self._begun = refuse, list[str](), 0
        self._waiting: deque[_Asked] = deque()
        self._bar = Bar("trials", count, quiet=quiet)
        self._decisions = Decisions({})
        self.rows: list[Document] = []

    def play(self, chooser: Chooser, decisions: dict[str, list[str]]) -> None:
        """Let the strategy search these decisions; `rows` has every trial afterwards, in the order of asking.

        Strategies decide inside candidates that they did not choose, too: that is left out, and what then is an
        architecture of an earlier trial has its result.
        """
        self._decisions = decisions if isinstance(decisions, Decisions) else Decisions(decisions)
        with self._bar:
            try:
                chooser.play(self, self._decisions)
                self.wait()
                if not self.rows and self._refused:
                    raise self._all_refused()
            except BaseException:
                self._workers.stop()
                raise

    def left(self) -> bool:
        """Whether another trial may be asked for."""
        return self._begun < self.count

    def ask(self, choices: Choices, told: Told) -> None:
        """Begin a trial, or find it in the ledger; its row of results, None for a failure, is told when it has ended.
        """
        choices = self._decisions.existing(choices)
        why = None if self._refuse is None else self._refuse(choices)
        if why is not None:
            self._refused.append(why)
            if len(self._refused) >= REFUSALS:
                raise self._all_refused()
            told(None)
            return
        self._refused.clear()
        task = self._task(choices)
        key = self._ledger.add(task.name, task.spec)
        while any(key == other.key for other in self._waiting):
            self._end_first()
        self._begun += 1
        self._waiting.append(_Asked(key, choices, task, self._begin(key, task), told))
        while len(self._waiting) >= self._open:
            self._end_first()

    def wait(self) -> None:
        """Until every trial has ended."""
        while self._waiting:
            self._end_first()

    def _all_refused(self) -> NasreidError:
        return NasreidError(f"{len(self._refused)} architectures in a row cost too much, the last one "
                            f"{self._refused[-1]}; expected a limit that more of the space keeps")

    def _begin(self, key: str, task: Task) -> Future[Document] | None:
        return None if settled(self._ledger, key) else self._workers.submit(task)

    def _end_first(self) -> None:
        asked = self._waiting.popleft()
        while asked.future is not None and not record(self._ledger, asked.key, asked.future):
            asked.future = self._begin(asked.key, asked.task)
        result = self._ledger.result(asked.key)
        self.rows.append({"trial": len(self.rows) + 1, **asked.choices, **(result or {})})
        asked.told(result)
        self._bar.advance(f"{asked.task.name}: {'failed' if result is None else round(result[METRIC], 2)}")


def best(rows: Sequence[Document]) -> Document:
    """The row with the highest score, the first of equals; NasreidError when every trial failed."""
    scored = [row for row in rows if METRIC in row]
    if not scored:
        raise NasreidError(f"all {len(rows)} trials failed; expected at least one with a score")
    return max(scored, key=lambda row: row[METRIC])
