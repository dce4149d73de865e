"""The loop around the steps of a search or a training: schedules, tables, checkpoints, progress.

A run is one flat sequence of steps. Everything a step does follows from its number, the seed and the state before it,
so a run that was killed anywhere goes on from its last checkpoint and ends with the same bytes.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from nasreid.data.batches.plan import Plan
from nasreid.data.batches.stream import Step
from nasreid.errors import Interrupted, NasreidError
from nasreid.files import write
from nasreid.progress import Bar
from nasreid.run import CHECKPOINT, RunFolder, Table
from nasreid.training.ema import EMA
from nasreid.training.seeding import step_generator
from nasreid.training.stepper import Stepper, set_lr
from nasreid.training.tensorboard import Writer

Rates = Callable[[int], tuple[float, float]]


class Loop:
    """Steps of one run.

    rates(epoch) -> learning rates of weights and architecture; temperature(epoch); after_epoch(epoch) -> rows for the
    table of probabilities; score(epoch) -> metrics at its end.
    checkpoint_seconds: time between checkpoints (the last step makes one, too).
    frozen_epochs: so many first epochs leave the network as it is. ema: decay of a moving average of network and
    objectives, which is written back into them after every `ema_epochs` epochs (0: never before) and at the end.
    """

    def __init__(self, what: str, folder: RunFolder, stepper: Stepper, plan: Plan, seed: int, rates: Rates,
                 temperature: Callable[[int], float] = lambda epoch: 1.0, after_epoch: Callable[[], list[Any]] = list,
                 checkpoint_seconds: float = 60.0, quiet: bool = False, frozen_epochs: int = 0,
                 ema: float | None = None, ema_epochs: int = 0,
                 score: Callable[[int], dict[str, float]] = lambda epoch: {}):
        self.what, self.folder, self.stepper, self.plan, self.seed = what, folder, stepper, plan, seed
        self.rates, self.temperature, self.after_epoch = rates, temperature, after_epoch
        self.checkpoint_seconds, self.quiet, self.score = checkpoint_seconds, quiet, score
        self.frozen_epochs, self.ema_epochs = frozen_epochs, ema_epochs
        self.modules: dict[str, nn.Module] = {"network": stepper.network, "twins": stepper.twins}
        self.trained = nn.ModuleDict(self.modules)
        self.ema = None if ema is None else EMA(self.trained, ema)
        if self.ema is not None:
            self.modules["ema"] = self.ema
        self.optimisers = {"weights": stepper.weight_optimiser}
        if stepper.architecture_optimiser is not None:
            self.optimisers["architecture"] = stepper.architecture_optimiser
        self.metrics = Table(folder / "metrics.csv", ("step", "epoch", "name", "value"))
        self.probabilities = Table(folder / "probabilities.csv", ("step", "epoch", "label", "candidate", "probability"))
        self.next_step = 0
        self.seconds = 0.0
        self.stop = False

    def restore(self) -> None:
        """Go back to the last checkpoint, or to the start."""
        path = self.folder / CHECKPOINT
        if path.exists():
            state = torch.load(path, map_location="cpu", weights_only=True)
            self.next_step, self.seconds = state["step"], state["seconds"]
            for name, module in self.modules.items():
                module.load_state_dict(state[name])
            for name, optimiser in self.optimisers.items():
                optimiser.load_state_dict(state[f"optimiser.{name}"])
        self.metrics.rewind(self.next_step)
        self.probabilities.rewind(self.next_step)

    def save(self) -> None:
        """Tables first, then the checkpoint: what a table holds beyond the checkpoint is dropped on return."""
        self.metrics.flush()
        self.probabilities.flush()
        state: dict[str, Any] = {"step": self.next_step, "seconds": self.seconds}
        state |= {name: module.state_dict() for name, module in self.modules.items()}
        state |= {f"optimiser.{name}": optimiser.state_dict() for name, optimiser in self.optimisers.items()}
        write(self.folder / CHECKPOINT, lambda draft: torch.save(state, draft))

    @contextmanager
    def running(self) -> Iterator[Loop]:
        """While the steps run: progress, TensorBoard, and Ctrl-C that waits for the end of a step."""
        with Bar(self.what, len(self.plan), self.next_step, self.quiet) as self.bar, \
                Writer(self.folder / "tensorboard", self.next_step) as self.writer, _on_interrupt(self._ask_to_stop):
            self._since = self._saved = time.monotonic()
            yield self

    def step(self, step: Step, backward: Callable[[Tensor], Any] | None = None) -> None:
        """One step, on a batch that is already on the device."""
        if step.index != self.next_step:
            raise NasreidError(f"step {step.index} came where {self.next_step} was due")
        weight_lr, architecture_lr = self.rates(step.epoch)
        set_lr(self.optimisers["weights"], weight_lr)
        if "architecture" in self.optimisers:
            set_lr(self.optimisers["architecture"], architecture_lr)
        generator = step_generator(self.seed, step.index)
        try:
            logs = self.stepper.step(step.train, step.validation, step.position == 0, backward,
                                     self.temperature(step.epoch), generator, step.epoch < self.frozen_epochs)
        except NasreidError as error:
            raise NasreidError(f"step {step.index} (epoch {step.epoch}): {error}; {self._last_good()}") from error
        self._log(step, {**logs, "lr": weight_lr})
        self._after(step)

    def _after(self, step: Step) -> None:
        self.next_step += 1
        now = time.monotonic()
        self.seconds += now - self._since
        self._since = now
        ends_epoch = self.next_step == self.plan.first_step(step.epoch + 1)
        if ends_epoch:
            for row in self.after_epoch():
                self.probabilities.add(step.index, step.epoch, *row)
            for name, value in self.score(step.epoch).items():
                self.metrics.add(step.index, step.epoch, name, repr(value))
                self.writer.scalar(f"{self.what}/{name}", value, step.index)
        self._average(step.epoch, ends_epoch)
        if self.next_step == len(self.plan) or self.stop or now - self._saved >= self.checkpoint_seconds:
            self.save()
            self._saved = now
        if self.stop:
            raise Interrupted(f"{self.what} interrupted after step {self.next_step} of {len(self.plan)}; "
                              "the same command goes on from there")

    def _average(self, epoch: int, ends_epoch: bool) -> None:
        if self.ema is None:
            return
        self.ema.update(self.trained)
        due = self.ema_epochs > 0 and (epoch + 1) % self.ema_epochs == 0
        if ends_epoch and (due or self.next_step == len(self.plan)):
            self.ema.write_back(self.trained)

    def _log(self, step: Step, logs: dict[str, float]) -> None:
        for name, value in logs.items():
            self.metrics.add(step.index, step.epoch, name, repr(value))
            self.writer.scalar(f"{self.what}/{name}", value, step.index)
        figures = "  ".join(f"{name} {value:.3g}" for name, value in logs.items())
        self.bar.advance(f"epoch {step.epoch + 1}/{self.plan.epochs}  {figures}")

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

    def handle(number: int, frame: Any) -> None:
        ask()
        signal.signal(signal.SIGINT, before)  # a second Ctrl-C is immediate

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
