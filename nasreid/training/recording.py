"""What a run leaves in its folder while it steps: tables, checkpoints, TensorBoard; and its progress on the screen."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nasreid.data.batches.stream import Step
from nasreid.data.frame import Contents
from nasreid.errors import NasreidError
from nasreid.progress import Bar
from nasreid.ranks import ALONE, Ranks
from nasreid.run import CHECKPOINT, LOGS, RunFolder, Table
from nasreid.signals import Noted
from nasreid.training.checkpoints import Checkpoints
from nasreid.training.engine import Engine
from nasreid.training.following import interrupted
from nasreid.training.history import METRICS, PROBABILITIES, History
from nasreid.training.loop import Loop, Shown, looked_at
from nasreid.training.stepper import Backward
from nasreid.training.tensorboard import Writer


class Recording:
    """A loop whose steps are written down in a run folder, from which it goes on after an interruption.

    what: "search" or "retrain". The engine says the time between checkpoints (the last step makes one, too) and
    whether to be quiet. contents: of the images that it learns from. seconds: what the steps took. ranks: those that
    follow this one (`nasreid.training.following`), if any. told: called after each step, before it is looked at.
    """

    def __init__(self, loop: Loop, folder: RunFolder, what: str, engine: Engine, contents: Contents,
                 ranks: Ranks = ALONE):
        self.loop, self.folder, self.what, self.engine, self.ranks = loop, folder, what, engine, ranks
        self.metrics = Table(folder / "metrics.csv", METRICS)
        self.probabilities = Table(folder / "probabilities.csv", PROBABILITIES)
        self.checkpoints = Checkpoints(folder, contents, (self.metrics, self.probabilities))
        self.seconds = 0.0
        self.told: Callable[[], object] = lambda: None
        self._every, self._waiting, self._figures = engine.look_every(), list[Shown](), ""

    def restore(self) -> None:
        """Go back to the last checkpoint, or to the start."""
        state = self.checkpoints.load()
        self.ranks.told(state)
        if state is not None:
            self.seconds = state["seconds"]
            self.loop.load(state)
            print(f"{self.what} goes on after step {self.loop.next_step} of {len(self.loop.plan)}", file=sys.stderr)
        self.metrics.rewind(self.loop.next_step)
        self.probabilities.rewind(self.loop.next_step)

    def save(self) -> None:
        """A checkpoint of what is so far."""
        self.checkpoints.save({"seconds": self.seconds, **self.loop.state()})

    def history(self) -> History:
        """All that the run has shown, also before an interruption."""
        return History.read(self.folder.path)

    @contextmanager
    def running(self) -> Iterator[Recording]:
        """While the steps run: progress, TensorBoard, and signals that wait for the end of a step."""
        with Bar(self.what, len(self.loop.plan), self.loop.next_step, self.engine.quiet) as self._bar, \
                Writer(self.folder / LOGS, self.loop.next_step) as self._writer, \
                Noted() as self.signals:
            self._since = self._saved = time.monotonic()
            yield self

    def step(self, step: Step, backward: Backward | None = None) -> None:
        """One step of the loop, written down when the losses are looked at: every so many steps, and before a save."""
        try:
            saves, signal = self._step(step, backward)
        except NasreidError as error:
            raise type(error)(f"{error}; {self._last_good()}") from error
        if saves:
            self.save()
            self._writer.flush()
            self._saved = self._since
        if signal is not None:
            raise interrupted(self.what, self.loop, signal)

    def _step(self, step: Step, backward: Backward | None) -> tuple[bool, int | None]:
        """One step; whether to save now, and the signal that has come."""
        try:
            self._waiting.append(self.loop.step(step, backward))
            self.told()
        except NasreidError:
            self._look()  # a loss that was no number may be the reason
            raise
        now = time.monotonic()
        self.seconds += now - self._since
        self._since = now
        last = self.loop.next_step == len(self.loop.plan)
        due = self.signals.agree(self.ranks.highest, last or now - self._saved >= self.engine.checkpoint_seconds)
        signal = self.signals.number
        saves = due or signal is not None
        if saves or self._waiting[-1].last or len(self._waiting) >= self._every:
            self._look()
        self._bar.advance(self._figures)
        return saves, signal

    def _look(self) -> None:
        """Write down the steps whose losses nobody has looked at."""
        due, self._waiting = self._waiting, []
        for shown in looked_at(due):
            self._write(shown)

    def _write(self, shown: Shown) -> None:
        for *place, name, value in shown.metrics():
            self.metrics.add(*place, name, repr(value))
            self._writer.scalar(f"{self.what}/{name}", value, shown.index)
        for *place, value in shown.candidates():
            self.probabilities.add(*place, repr(value))
        figures = "  ".join(f"{name} {value:.3g}" for name, value in shown.numbers().items())
        self._figures = f"epoch {shown.epoch + 1}/{self.loop.plan.epochs}  {figures}"

    def _last_good(self) -> str:
        path = self.folder / CHECKPOINT
        return f"the last good checkpoint is {path}" if path.exists() else "there is no checkpoint yet"
