"""The steps of a run, one after the other: which rate, temperature and noise each has. Knows no file and no clock.

A run is one flat sequence of steps. Everything a step does follows from its number, the seed and the state before it,
so a run that was stopped anywhere goes on from its last state and ends with the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from torch import nn

from nasreid.data.batches.plan import Timetable
from nasreid.data.batches.stream import Step
from nasreid.errors import NasreidError
from nasreid.files import Document
from nasreid.training.ema import EMA, Averaging
from nasreid.training.labelling import Labelling
from nasreid.training.seeding import step_generator
from nasreid.training.stepper import Backward, Moment, Stepper, set_lr
from nasreid.waits import Number, read

Probabilities = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Schedule:
    """What changes from epoch to epoch, each a function of the epoch (0-based).

    rates: learning rates of the weights and of the alphas. temperature: of the relaxation. frozen_epochs: so many
    first epochs leave the network as it is.
    """

    rates: Callable[[int], tuple[float, float]]
    temperature: Callable[[int], float] = lambda epoch: 1.0
    frozen_epochs: int = 0


@dataclass(frozen=True)
class Watch:
    """What is looked at where an epoch ends.

    probabilities() -> {label: {candidate: p}}; scores(epoch) -> {name: value}. Both may be empty.
    """

    probabilities: Callable[[], Probabilities] = dict
    scores: Callable[[int], dict[str, float]] = lambda epoch: {}


@dataclass(frozen=True)
class Shown:
    """What one step shows: its number, its epoch, its logs, and at the end of an epoch (`last`) what the watch saw.

    Logs are on the device until `looked_at`.
    """

    index: int
    epoch: int
    logs: Mapping[str, Number]
    scores: dict[str, float] = field(default_factory=dict)
    probabilities: Probabilities = field(default_factory=dict)
    last: bool = False

    def numbers(self) -> dict[str, float]:
        """The logs as numbers, for which the device is waited unless they are there."""
        return read([self.logs])[0]

    def metrics(self) -> list[tuple[int, int, str, float]]:
        """Rows (step, epoch, name, value): the logs, then the scores."""
        return [(self.index, self.epoch, name, value) for some in (self.numbers(), self.scores)
                for name, value in some.items()]

    def candidates(self) -> list[tuple[int, int, str, str, float]]:
        """Rows (step, epoch, label, candidate, probability)."""
        return [(self.index, self.epoch, label, name, value) for label, row in self.probabilities.items()
                for name, value in row.items()]


def looked_at(steps: Sequence[Shown]) -> Iterator[Shown]:
    """The same with logs that are numbers, read in one copy.

    Raises:
        NasreidError: at the first step whose loss is no number.
    """
    for step, logs in zip(steps, read([step.logs for step in steps]), strict=True):
        for name in ("loss", "architecture_loss"):
            if not math.isfinite(logs.get(name, 0.0)):
                why = f"loss became {logs[name]}; expected a finite number (lower the learning rate?)"
                raise NasreidError(_named(step, why))
        yield replace(step, logs=logs)


def every(number: int, steps: Iterable[Shown]) -> Iterator[Shown]:
    """The steps as `looked_at`, so many at once, and all that there are where an epoch ends."""
    waiting: list[Shown] = []
    try:
        for step in steps:
            waiting.append(step)
            if len(waiting) >= number or step.last:
                due, waiting = waiting, []
                yield from looked_at(due)
    except NasreidError:
        list(looked_at(waiting))  # a loss that was no number may be the reason
        raise
    yield from looked_at(waiting)


def _named(step: Step | Shown, what: object) -> str:
    return f"step {step.index} (epoch {step.epoch}): {what}"


class Loop:
    """Steps of one run: the stepper at each step of the plan, under the schedule.

    averaging: a moving average of network and objectives (`nasreid.training.ema`). labelling: where labels are made
    on the way. next_step: number of the step that is due. noted: what it shows beside its logs.
    """

    def __init__(self, stepper: Stepper, plan: Timetable, schedule: Schedule, seed: int,
                 averaging: Averaging = Averaging(), watch: Watch = Watch(), labelling: Labelling | None = None):
        self.stepper, self.plan, self.schedule, self.seed = stepper, plan, schedule, seed
        self.averaging, self.watch = averaging, watch
        self.labelling, self.noted = labelling, dict[str, float]()
        self.next_step = 0
        self.modules: dict[str, nn.Module] = {"network": stepper.network, "twins": stepper.twins}
        self.trained = nn.ModuleDict(self.modules)
        self.ema = None if averaging.decay is None else EMA(self.trained, averaging.decay)
        if self.ema is not None:
            self.modules["ema"] = self.ema
        if stepper.stopping is not None:
            self.modules["stopping"] = stepper.stopping

    def step(self, step: Step, backward: Backward | None = None) -> Shown:
        """One step, on batches that are already on the device."""
        if step.index != self.next_step:
            raise NasreidError(f"step {step.index} came where {self.next_step} was due")
        rate, architecture = self._set_rates(step.epoch)
        moment = Moment(backward or Moment.backward, self.schedule.temperature(step.epoch),
                        step_generator(self.seed, step.index), self.seed, step.index)
        try:
            logs = self.stepper.step(step.train, step.validation, step.position == 0, moment,
                                     step.epoch < self.schedule.frozen_epochs, architecture == 0)
        except NasreidError as error:
            raise type(error)(_named(step, error)) from error
        self.next_step += 1
        return self._shown(step, {**logs, "lr": rate})

    def state(self) -> Document:
        """All that the rest of the run follows from, as plain tensors and numbers."""
        optimisers = {f"optimiser.{name}": one.state_dict() for name, one in self.stepper.optimisers().items()}
        labels = {} if self.labelling is None else {"labels": self.labelling.state()}
        modules = {name: one.state_dict() for name, one in self.modules.items()}
        return {"step": self.next_step, **labels, **modules, **optimisers}

    def load(self, state: Document) -> None:
        """Go on from a state."""
        self.next_step = state["step"]
        if self.labelling is not None:
            self.labelling.load(state["labels"], self.next_step)  # of which the objectives have their classes
        for name, module in self.modules.items():
            module.load_state_dict(state[name])
        for name, optimiser in self.stepper.optimisers().items():
            optimiser.load_state_dict(state[f"optimiser.{name}"])

    def _set_rates(self, epoch: int) -> tuple[float, float]:
        weights, architecture = self.schedule.rates(epoch)
        set_lr(self.stepper.weight_optimiser, weights)
        if self.stepper.architecture_optimiser is not None:
            set_lr(self.stepper.architecture_optimiser, architecture)
        return weights, architecture

    def _shown(self, step: Step, logs: dict[str, Number]) -> Shown:
        ends_epoch = self.next_step == self.plan.first_step(step.epoch + 1)
        noted, self.noted = self.noted, {}
        if self.ema is not None:
            self.ema.update(self.trained)
            if ends_epoch and (self.averaging.due(step.epoch) or self.next_step == len(self.plan)):
                self.ema.write_back(self.trained)
        if not ends_epoch:
            return Shown(step.index, step.epoch, logs, noted)
        scores = {**noted, **self.watch.scores(step.epoch)}
        return Shown(step.index, step.epoch, logs, scores, self.watch.probabilities(), True)
