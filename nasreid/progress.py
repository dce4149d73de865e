"""Progress with a time to go, for everything that takes longer than two seconds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

T = TypeVar("T")


class Bar:
    """A bar on stderr: description, n of m, elapsed, to go, figures. Off a terminal, a line for every tenth.

    What is over within two seconds leaves no line there. `say` writes a line of its own, unless it is quiet.
    """

    def __init__(self, what: str, total: int, done: int = 0, quiet: bool = False):
        self.what, self.total, self.done, self._before = what, total, done, done
        console = Console(stderr=True, quiet=quiet)
        self._console = console
        self._terminal = console.is_terminal and not quiet
        self._tenth = done * 10 // max(1, total)
        self._since = time.monotonic()
        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                             TextColumn("to go"), TimeRemainingColumn(), TextColumn("{task.fields[figures]}"),
                             console=console, disable=not self._terminal)
        self._task = self._bar.add_task(what, total=total, completed=done, figures="")

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._bar.stop()

    def advance(self, figures: str = "", by: int = 1) -> None:
        """One step further; `figures` replace the line shown beside the bar."""
        self.done += by
        self._bar.update(self._task, completed=self.done, figures=figures)
        tenth = self.done * 10 // max(1, self.total)
        if tenth > self._tenth and not self._terminal and time.monotonic() - self._since > 2:
            self._tenth = tenth
            self.say(f"{self.what} {self.done}/{self.total}{self._to_go()} {figures}".rstrip())

    def say(self, line: str) -> None:
        """A line of text, above the bar where there is one."""
        self._console.print(line, highlight=False, soft_wrap=True, markup=False)

    def _to_go(self) -> str:
        """As words, after what the steps so far took."""
        made = self.done - self._before
        if not made or self.done >= self.total:
            return ""
        seconds = (time.monotonic() - self._since) / made * (self.total - self.done)
        return f" about {seconds / 60:.0f} min to go" if seconds > 90 else f" about {seconds:.0f} s to go"


class Counter:
    """A bar that is told (done, total), for functions that report so."""

    def __init__(self, what: str, quiet: bool = False):
        self.what, self.quiet = what, quiet
        self._bar: Bar | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = Bar(self.what, total, quiet=self.quiet).__enter__()
        self._bar.advance(by=done - self._bar.done)

    def __enter__(self) -> Counter:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)


def track(items: Iterable[T], what: str, total: int, quiet: bool = False) -> Iterator[T]:
    """The same items, with a bar."""
    with Bar(what, total, quiet=quiet) as bar:
        for item in items:
            yield item
            bar.advance()
