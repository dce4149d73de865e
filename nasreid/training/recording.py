"""What a run leaves in its folder while it steps: tables, checkpoints, TensorBoard; and its progress on the screen."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import torch

from nasreid.data.batches.stream import Step
from nasreid.errors import Interrupted, NasreidError
from nasreid.files import write
from nasreid.progress import Bar
from nasreid.run import CHECKPOINT, RunFolder, Table
from nasreid.training.engine import Engine
from nasreid.training.history import METRICS, PROBABILITIES, History
from nasreid.training.loop import Loop, Shown
from nasreid.training.stepper import Backward
from nasreid.training.tensorboard import Writer


class Recording:
    """A loop whose steps are written down in a run folder, from which it goes on after an interruption.

    what: "search" or "retrain". The engine says the time between checkpoints (the last step makes one, too) and
    whether to be quiet. seconds: what the steps took.
    """

    def __init__(self, loop: Loop, folder: RunFolder, what: str, engine: Engine):
        self.loop, self.folder, self.what, self.engine = loop, folder, what, engine
        self.metrics = Table(folder / "metrics.csv", METRICS)
        self.probabilities = Table(folder / "probabilities.csv", PROBABILITIES)
        self.seconds = 0.0
        self.stop = False

    def restore(self) -> None:
        """Go back to the last checkpoint, or to the start."""
        path = self.folder / CHECKPOINT
        if path.exists():
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.seconds = state["seconds"]
            self.loop.load(state)
        self.metrics.rewind(self.loop.next_step)
        self.probabilities.rewind(self.loop.next_step)

    def save(self) -> None:
        """Tables first, then the checkpoint: what a table holds beyond the checkpoint is dropped on return."""
        self.metrics.flush()
        self.probabilities.flush()
        state = {"seconds": self.seconds, **self.loop.state()}
        write(self.folder / CHECKPOINT, lambda draft: torch.save(state, draft))

    def history(self) -> History:
        """All that the run has shown, also before an interruption."""
        return History.read(self.folder.path)

    @contextmanager
    def running(self) -> Iterator[Recording]:
        """While the steps run: progress, TensorBoard, and Ctrl-C that waits for the end of a step."""
        with Bar(self.what, len(self.loop.plan), self.loop.next_step, self.engine.quiet) as self._bar, \
                Writer(self.folder / "tensorboard", self.loop.next_step) as self._writer, \
                _on_interrupt(self._ask_to_stop):
            self._since = self._saved = time.monotonic()
            yield self

    def step(self, step: Step, backward: Backward | None = None) -> None:
        """One step of the loop, written down."""
        try:
            self._write(self.loop.step(step, backward))
        except NasreidError as error:
            raise NasreidError(f"{error}; {self._last_good()}") from error
        self._checkpoint()
        if self.stop:
            raise Interrupted(f"{self.what} interrupted after step {self.loop.next_step} of {len(self.loop.plan)}; "
                              "the same command goes on from there")

    def _write(self, shown: Shown) -> None:
        for *place, name, value in shown.metrics():
            self.metrics.add(*place, name, repr(value))
            self._writer.scalar(f"{self.what}/{name}", value, shown.index)
        for *place, value in shown.candidates():
            self.probabilities.add(*place, repr(value))
        figures = "  ".join(f"{name} {value:.3g}" for name, value in shown.logs.items())
        self._bar.advance(f"epoch {shown.epoch + 1}/{self.loop.plan.epochs}  {figures}")

    def _checkpoint(self) -> None:
        now = time.monotonic()
        self.seconds += now - self._since
        self._since = now
        last = self.loop.next_step == len(self.loop.plan)
        if last or self.stop or now - self._saved >= self.engine.checkpoint_seconds:
            self.save()
            self._saved = now

    def _last_good(self) -> str:
        path = self.folder / CHECKPOINT
        return f"the last good checkpoint is {path}" if path.exists() else "there is no checkpoint yet"

    def _ask_to_stop(self) -> None:
        self.stop = True


@contextmanager
def _on_interrupt(ask: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: FrameType | None) -> None:
        ask()
        signal.signal(signal.SIGINT, before)  # a second Ctrl-C is immediate

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
