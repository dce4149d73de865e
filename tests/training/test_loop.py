"""The steps of a run: their rates, temperature, noise, and what an epoch's end shows."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from nasreid.data.batches.stream import Step
from nasreid.errors import NasreidError
from nasreid.training.ema import Averaging
from nasreid.training.loop import Loop, Schedule, Shown, Watch, every, looked_at
from nasreid.training.seeding import step_generator

EPOCHS, LENGTH = 3, 2


class Plan:
    """Three epochs of two steps."""

    def __len__(self):
        return EPOCHS * LENGTH

    def first_step(self, epoch):
        return epoch * LENGTH


class Stepper:
    """Adds one to its only weight at each step, and writes down how it was called."""

    def __init__(self, search=True):
        self.network, self.twins, self.calls = nn.Linear(1, 1, bias=False), nn.Identity(), []
        self.stopping = None
        nn.init.zeros_(self.network.weight)
        self.weight_optimiser = torch.optim.SGD(self.network.parameters(), 1.0)
        self.architecture_optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0) if search else None

    def optimisers(self):
        movers = {"weights": self.weight_optimiser, "architecture": self.architecture_optimiser}
        return {name: mover for name, mover in movers.items() if mover is not None}

    def step(self, train, validation, first, moment, frozen, still):
        rates = [mover.param_groups[0]["lr"] for mover in self.optimisers().values()]
        self.calls.append(SimpleNamespace(first=first, backward=moment.backward, temperature=moment.temperature,
                                          frozen=frozen, still=still, rates=rates,
                                          noise=moment.generator.initial_seed(), when=(moment.seed, moment.step),
                                          batches=(train, validation)))
        if train == "bad":
            raise NasreidError("no")
        with torch.no_grad():
            self.network.weight += 1
        return {"loss": 0.5}


SCHEDULE = Schedule(lambda epoch: (epoch + 1.0, epoch + 10.0), lambda epoch: 5.0 - epoch, frozen_epochs=1)
WATCH = Watch(lambda: {"a": {"x": 0.25, "y": 0.75}}, lambda epoch: {"mAP": float(epoch)})


def loop(stepper=None, **options):
    return Loop(stepper or Stepper(), Plan(), **{"schedule": SCHEDULE, "seed": 4, "watch": WATCH, **options})


def steps(number=EPOCHS * LENGTH):
    return [Step(i, i // LENGTH, i % LENGTH, "train", "validation") for i in range(number)]


def test_rates_temperature_and_freezing_follow_the_epoch():
    made = loop()
    shown = [made.step(step, "backward") for step in steps()]
    calls = made.stepper.calls
    assert [call.rates for call in calls] == [[1, 10], [1, 10], [2, 11], [2, 11], [3, 12], [3, 12]]
    assert [call.temperature for call in calls] == [5, 5, 4, 4, 3, 3]
    assert [call.frozen for call in calls] == [True, True, False, False, False, False]
    assert [call.first for call in calls] == [True, False] * 3
    assert not any(call.still for call in calls)
    assert [call.noise for call in calls] == [step_generator(4, i).initial_seed() for i in range(6)]
    assert [call.when for call in calls] == [(4, i) for i in range(6)]
    assert {(call.backward, call.batches) for call in calls} == {("backward", ("train", "validation"))}
    assert [one.logs for one in shown] == [{"loss": 0.5, "lr": lr} for lr in (1, 1, 2, 2, 3, 3)]


def test_only_the_last_step_of_an_epoch_shows_what_the_watch_saw():
    made = loop()
    shown = [made.step(step) for step in steps()]
    assert [one.scores for one in shown] == [{}, {"mAP": 0}, {}, {"mAP": 1}, {}, {"mAP": 2}]
    assert [bool(one.probabilities) for one in shown] == [False, True] * 3
    assert [(one.index, one.epoch) for one in shown] == [(i, i // 2) for i in range(6)]


def test_rows_of_what_was_shown():
    shown = Shown(3, 1, {"loss": 0.5}, {"mAP": 7.0}, {"a": {"x": 0.25, "y": 0.75}})
    assert shown.metrics() == [(3, 1, "loss", 0.5), (3, 1, "mAP", 7.0)]
    assert shown.candidates() == [(3, 1, "a", "x", 0.25), (3, 1, "a", "y", 0.75)]


def test_nothing_is_frozen_tempered_or_watched_unless_asked():
    made = loop(schedule=Schedule(lambda epoch: (1.0, 1.0)), watch=Watch())
    shown = [made.step(step) for step in steps(2)]
    assert [(call.frozen, call.temperature) for call in made.stepper.calls] == [(False, 1.0)] * 2
    assert [(one.scores, one.probabilities) for one in shown] == [({}, {})] * 2
    assert made.ema is None


def test_alphas_whose_rate_is_zero_are_still():
    made = loop(schedule=Schedule(lambda epoch: (1.0, 0.0 if epoch < 2 else 3.0)))
    for step in steps():
        made.step(step, "backward")
    assert [call.still for call in made.stepper.calls] == [True] * 4 + [False] * 2


def test_a_training_has_no_rate_of_an_architecture():
    made = loop(Stepper(search=False))
    made.step(steps()[0])
    assert made.stepper.calls[0].rates == [1]
    assert set(made.state()) == {"step", "network", "twins", "optimiser.weights"}


def test_a_step_that_is_not_due_or_fails_is_told_by_its_number():
    made = loop()
    with pytest.raises(NasreidError, match="step 1 came where 0 was due"):
        made.step(steps()[1])
    with pytest.raises(NasreidError, match=r"step 0 \(epoch 0\): no"):
        made.step(Step(0, 0, 0, "bad"))
    assert made.next_step == 0


def weights(averaging):
    made = loop(averaging=averaging)
    return [made.step(step) and made.stepper.network.weight.item() for step in steps()]


def test_the_average_is_written_back_where_it_is_due_and_at_the_end():
    assert weights(Averaging()) == [1, 2, 3, 4, 5, 6]
    assert weights(Averaging(0.0)) == [1, 2, 3, 4, 5, 6]
    # shadows with decay 1/2: 0.5, 1.25, 2.125, 3.0625, 4.03125, 5.015625
    assert weights(Averaging(0.5)) == [1, 2, 3, 4, 5, 5.015625]
    # written back after the second epoch: 3.0625, then 4.0625 -> 3.5625 and 5.0625 -> 4.3125
    assert weights(Averaging(0.5, 2)) == [1, 2, 3, 3.0625, 4.0625, 4.3125]


def test_a_run_goes_on_from_its_state():
    whole, cut, again = (loop(averaging=Averaging(0.5)) for _ in range(3))
    for step in steps():
        whole.step(step)
    for step in steps(3):
        cut.step(step)
    state = cut.state()
    assert state["step"] == 3
    assert set(state) == {"step", "network", "twins", "ema", "optimiser.weights", "optimiser.architecture"}
    again.load(state)
    assert again.stepper.weight_optimiser.param_groups[0]["lr"] == 2
    for step in steps()[3:]:
        again.step(step)
    assert torch.equal(again.stepper.network.weight, whole.stepper.network.weight)


def logged(*losses):
    return [Shown(i, 0, {"loss": torch.tensor(loss), "lr": 0.1}) for i, loss in enumerate(losses)]


def test_losses_are_looked_at_together_and_the_first_that_is_none_is_named():
    assert [one.logs for one in looked_at(logged(1.0, 2.0))] == [{"loss": 1.0, "lr": 0.1}, {"loss": 2.0, "lr": 0.1}]
    seen = []
    with pytest.raises(NasreidError, match=r"step 2 \(epoch 0\): loss became nan; expected a finite number"):
        seen.extend(looked_at(logged(1.0, 2.0, torch.nan, torch.inf)))
    with pytest.raises(NasreidError, match=r"step 0 \(epoch 0\): loss became inf"):
        list(looked_at([Shown(0, 0, {"loss": 1.0, "architecture_loss": torch.tensor(torch.inf)})]))


@pytest.mark.parametrize(("number", "made"), [(1, [1, 2, 3, 4, 5]), (2, [2, 2, 4, 4, 5]), (9, [5, 5, 5, 5, 5])])
def test_so_many_steps_are_made_between_two_looks(number, made):
    counted = []

    def steps():
        for step in logged(*[1.0] * 5):
            counted.append(step)
            yield step

    assert [len(counted) for _ in every(number, steps())] == made


def test_the_end_of_an_epoch_is_looked_at_and_so_is_what_a_fault_left():
    first, second, third = logged(1.0, 2.0, 3.0)
    shown = every(9, iter([first, Shown(1, 0, second.logs, last=True), third]))
    assert [next(shown).index, next(shown).index] == [0, 1]

    def faulty(loss):
        yield from logged(loss)
        raise NasreidError("of step 1")

    with pytest.raises(NasreidError, match="of step 1"):
        list(every(9, faulty(1.0)))
    with pytest.raises(NasreidError, match=r"step 0 .* became nan"):
        list(every(9, faulty(torch.nan)))
