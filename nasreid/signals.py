"""The signals that ask a process to end: Ctrl-C, a closed terminal, a cluster. All do the same."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from nasreid.errors import Interrupted

# the last two are what schedulers are told to send some time before the end (sbatch --signal)
ENDING = tuple(number for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
               if (number := getattr(signal, name, None)) is not None)  # Windows has the first two
APART = 1.0  # seconds
MASKS = hasattr(signal, "pthread_sigmask")  # not on Windows


@contextmanager
def raised() -> Iterator[None]:
    """Inside, a signal of ENDING raises Interrupted, as Ctrl-C raises KeyboardInterrupt; one that is ignored stays so.

    Only the main thread can say what a signal does: elsewhere nothing changes.
    """
    others = [number for number in ENDING if number != signal.SIGINT and signal.getsignal(number) == signal.SIG_DFL]
    before = {number: signal.signal(number, _raise) for number in others} if _main() else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def cut_off() -> Iterator[None]:
    """Inside, Ctrl-C raises Interrupted even in a process that ignores it, as those of a pool do between jobs: what
    has no checkpoint gains nothing by going on to its end.
    """
    ignored = _main() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, _raise)
    try:
        yield
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


class Noted:
    """Inside, a signal of ENDING is noted, so that the step in progress can end first; a second one is immediate,
    unless it comes within APART seconds: `timeout` and some schedulers send each of theirs twice.

    number: of the signal that came, or None. One that is ignored (nohup) stays so, but for Ctrl-C's: shells ignore that
    for what runs in the background, and whoever sends it there means it.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._heard: float | None = None  # when this process heard its first one; `agree` may know of one before
        self._before = {number: signal.getsignal(number) for number in ENDING}

    def listen(self) -> None:
        """Note signals from now on, whoever else has begun to since: Lightning has a handler of its own."""
        if _main() and self.number is None:
            for number, handler in self._before.items():
                if handler is not signal.SIG_IGN or number == signal.SIGINT:
                    signal.signal(number, self._note)

    def agree(self, highest: Callable[[int], int], due: bool = False) -> bool:
        """A signal that came to one of several processes came to all; else whether something is due for one of them.

        highest(number): the largest of their numbers.
        """
        found = highest(2 * (self.number or 0) + due)
        self.number = found // 2 or None
        return bool(found % 2)

    def __enter__(self) -> Noted:
        self.listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._heard is None:
            self.number, self._heard = number, time.monotonic()
        elif time.monotonic() - self._heard >= APART:
            self._restore()
            signal.raise_signal(number)

    def _restore(self) -> None:
        if _main():
            for number, handler in self._before.items():
                if handler is not None:  # None: somebody's in C, which Python cannot put back
                    signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Inside, Ctrl-C waits. A process that is begun inside does not hear it before it calls `hear`: while it imports
    packages, Ctrl-C would be lost in one of them, or be a traceback.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if MASKS else None
    try:
        yield
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear() -> None:
    """Ctrl-C is heard from now on, also one that came before."""
    if MASKS:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _raise(number: int, frame: FrameType | None) -> None:
    raise Interrupted(f"ended by {signal.Signals(number).name}", number)


def _main() -> bool:
    return threading.current_thread() is threading.main_thread()
