"""One iteration: who moves when, on which gradient."""

import pytest
import torch
from torch import nn

from nasreid.batch import Batch
from nasreid.errors import NasreidError
from nasreid.mutation import freeze, relax
from nasreid.network.necks import BNNeck
from nasreid.network.network import Network
from nasreid.objective import Objective
from nasreid.objectives.cross_entropy import CrossEntropy
from nasreid.optimisers import WeightOptimiser
from nasreid.relaxation import SinglePath, Softmax, Turn
from nasreid.strategy import Order, Twins
from nasreid.training.stepper import Moment, Stepper, set_lr, without_gradient
from nasreid.waits import read
from tests.spaces_for_tests import Tiny


class Recorder(Objective):
    """A loss on the vectors that writes down what happens to it."""

    def __init__(self, name: str, events: list[str], factor: float = 1.0):
        super().__init__()
        self.name, self.events, self.factor = name, events, factor

    def forward(self, embedding, batch):
        self.events.append(f"{self.name} loss")
        return self.factor * embedding.vectors.square().mean()

    def learn(self, embedding, batch):
        assert not embedding.vectors.requires_grad
        self.events.append(f"{self.name} learns")


class Optimiser(torch.optim.SGD):
    def __init__(self, parameters, name, events):
        super().__init__(parameters, lr=0.1)
        self.name, self.events = name, events

    def step(self, closure=None):
        self.events.append(f"{self.name} step")
        return super().step(closure)


def batch(seed: int) -> Batch:
    images = torch.randn(4, 3, 16, 8, generator=torch.Generator().manual_seed(seed))
    return Batch(images, torch.arange(4), torch.zeros(4, dtype=torch.int64))


def stepper(order: Order, events: list[str], single: bool = False, factor: float = 1.0, paths: int = 0) -> Stepper:
    torch.manual_seed(0)
    space = Tiny()
    supernet = relax(space, SinglePath() if paths else Softmax())
    network = Network(space, BNNeck(8))
    twins = Twins(Recorder("train", events), None if single else Recorder("validation", events, factor))
    return Stepper(network, twins, Optimiser(supernet.weights(), "weights", events), order, supernet,
                   Optimiser(supernet.alphas().values(), "alphas", events), paths=paths)


PAPER = ["train loss", "weights step", "train learns", "validation loss", "alphas step", "validation learns"]
OFFICIAL = ["validation loss", "validation learns", "alphas step", "train loss", "train learns", "weights step"]


@pytest.mark.parametrize(("order", "first", "expected"), [
    (Order(), True, PAPER),
    (Order(architecture_first=True, skip_first=True, learn_inside=True), False, OFFICIAL),
    (Order(architecture_first=True, skip_first=True, learn_inside=True), True, OFFICIAL[3:]),
])
def test_the_order_of_an_iteration(order, first, expected):
    events: list[str] = []
    stepper(order, events).step(batch(1), batch(2), first)
    assert events == expected


def test_a_single_level_step_moves_weights_and_alphas_on_one_loss():
    events: list[str] = []
    stepper(Order(), events, single=True).step(batch(1))
    assert events == ["train loss", "weights step", "alphas step", "train learns"]


def moved(before, after):
    return [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]


def test_the_weight_step_leaves_the_alphas_and_the_architecture_step_the_weights():
    one = stepper(Order(), [])
    alphas = [p.detach().clone() for p in one.alphas]
    one.step(batch(1))
    assert not any(moved(alphas, one.alphas))
    weights = [p.detach().clone() for p in one.weights]
    one._architecture(batch(2), Moment(lambda loss: loss.backward(), 1.0, torch.Generator()))
    assert not any(moved(weights, one.weights))
    assert all(moved(alphas, one.alphas))


def test_the_validation_gradient_reaches_the_weights_only_when_asked():
    results = []
    for keep in (False, True):
        for factor in (1.0, 3.0):
            one = stepper(Order(architecture_first=True, keep_validation_gradient=keep), [], factor=factor)
            one.architecture_optimiser.param_groups[0]["lr"] = 0.0  # so that the alphas do not carry it over
            one.step(batch(1), batch(2))
            results.append(one.weights[0].detach().clone())
    clean, clean_scaled, leaked, leaked_scaled = results
    assert torch.equal(clean, clean_scaled)
    assert not torch.equal(leaked, leaked_scaled)
    assert not torch.equal(clean, leaked)


def test_several_samples_are_averaged_and_learnt_from_once():
    events: list[list[str]] = [[], []]
    one, three = (stepper(Order(), some) for some in events)
    three.samples = 3  # of a relaxation without noise: three times the same
    logs = [each.step(batch(1), batch(2)) for each in (one, three)]
    assert read(logs[1:])[0] == pytest.approx(read(logs[:1])[0], rel=1e-4)
    for ours, theirs in zip(three.alphas + three.weights, one.alphas + one.weights, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert events[1] == ["train loss"] * 3 + PAPER[1:3] + ["validation loss"] * 3 + PAPER[4:]


@pytest.mark.parametrize("single", [True, False])
def test_paths_move_the_alphas_by_their_losses_and_the_weights_by_the_gradient(single):
    events: list[str] = []
    one = stepper(Order(), events, single, paths=3)
    logs = one.step(batch(1), None if single else batch(2))
    judge = "train" if single else "validation"
    assert events == ["train loss", "weights step", "train learns", *[f"{judge} loss"] * 3, "alphas step",
                      *([] if single else ["validation learns"])], "a memory follows the features"
    assert logs.keys() == {"loss", "architecture_loss", "alpha_gradient"}
    assert logs["alpha_gradient"] > 0


@pytest.mark.parametrize("single", [True, False])
def test_alphas_that_are_still_have_no_step(single):
    events: list[str] = []
    one = stepper(Order(), events, single, paths=3)
    assert one.step(batch(1), None if single else batch(2), still=True).keys() == {"loss"}
    assert events == ["train loss", "weights step", "train learns"]


def test_a_single_level_search_whose_alphas_are_still_has_no_step_of_them():
    events: list[str] = []
    one = stepper(Order(), events, single=True)
    assert one.step(batch(1), still=True).keys() == {"loss"}
    assert events == ["train loss", "weights step", "train learns"]


def test_objectives_that_begin_anew_learn_in_the_place_of_the_old_ones():
    space = freeze(Tiny(), {"block1": "conv", "block2": "skip", "block3": "skip"})
    network, old, new = Network(space, BNNeck(8)), CrossEntropy(2, 8), CrossEntropy(5, 8)
    one = Stepper(network, Twins(old), WeightOptimiser(head_factor=10).make(
        space.parameters(), [*network.neck.parameters(), *old.parameters()]))
    one.step(Batch(batch(1).images, torch.arange(4) % 2, torch.zeros(4, dtype=torch.int64)))
    one.exchange(list(old.parameters()), list(new.parameters()))
    one.twins.weights = new
    before = [weight.clone() for weight in new.parameters()]
    one.step(batch(2))
    assert all(not torch.equal(*pair) for pair in zip(before, new.parameters(), strict=True))
    assert all(weight not in one.weight_optimiser.state for weight in old.parameters())
    head = one.weight_optimiser.param_groups[-1]
    assert head["factor"] == 10
    assert all(any(weight is other for other in head["params"]) for weight in new.parameters())


def test_the_logged_gradient_is_the_norm_over_all_alphas():
    for single in (False, True):
        one = stepper(Order(), [], single=single)
        logs = one.step(batch(1), batch(2))
        gradients = torch.cat([alpha.grad for alpha in one.alphas])
        assert logs["alpha_gradient"] == pytest.approx(gradients.norm().item())
        assert logs["alpha_gradient"] > 0


def test_a_step_begins_without_the_gradients_of_the_last_one():
    for single in (False, True):
        one, seen = stepper(Order(), [], single=single), []
        for optimiser in one.optimisers().values():
            set_lr(optimiser, 0.0)
        for _ in range(2):
            one.step(batch(1), batch(2))
            seen.append([p.grad.clone() for p in one.alphas + one.weights if p.grad is not None])
        assert len(seen[0]) > 6
        torch.testing.assert_close(seen[1], seen[0])


def test_a_step_trains_what_was_evaluated_before():
    one = stepper(Order(), [])
    one.network.eval()
    one.twins.eval()
    one.step(batch(1), batch(2))
    assert all(module.training for module in (*one.network.modules(), *one.twins.modules()))


def test_temperature_and_noise_of_a_step_reach_the_relaxation():
    one, drawn = stepper(Order(), []), []
    one.supernet.draw = lambda temperature, generator, turn: drawn.append((temperature, generator.initial_seed(), turn))
    one.step(batch(1), batch(2), moment=Moment(temperature=3.0, generator=torch.Generator().manual_seed(7), step=5))
    one.step(batch(1))
    assert drawn == [(3.0, 7, Turn((0, 0), 5)), (3.0, 7, Turn((0, 0), 5)), (1.0, 0, Turn((0, 0), 0))]


def test_draws_of_weights_and_of_paths_are_counted_on_over_all_steps():
    one, turns = stepper(Order(), [], paths=3), []
    draw = one.supernet.draw
    one.supernet.draw = lambda temperature, generator, turn: (turns.append(turn), draw(temperature, generator, turn))
    one.samples = 2
    for number in (0, 1):
        one.step(batch(1), batch(2), moment=Moment(seed=9, step=number))
    assert [turn.number for turn in turns if turn.entropy == (9, 0)] == [0, 1, 2, 3]
    assert [turn.number for turn in turns if turn.entropy == (9, 1)] == [0, 1, 2, 3, 4, 5]


def test_training_without_a_supernet_has_one_optimiser_and_one_loss():
    torch.manual_seed(0)
    network, events = Network(freeze(Tiny(), {f"block{i}": "conv" for i in (1, 2, 3)}), BNNeck(8)), []
    one = Stepper(network, Twins(Recorder("train", events)), Optimiser(network.parameters(), "weights", events))
    assert list(one.optimisers()) == ["weights"]
    assert list(one.step(batch(1))) == ["loss"]
    assert (one.alphas, events) == ([], PAPER[:3])
    assert {id(p) for p in one.weights} == {id(p) for p in network.parameters()}


def test_an_architecture_step_without_its_optimiser_is_refused():
    one = stepper(Order(), [])
    one.architecture_optimiser = None
    with pytest.raises(NasreidError, match="needs an objective and an optimiser"):
        one.step(batch(1), batch(2))


def test_a_leak_that_no_weight_step_could_receive_is_refused():
    with pytest.raises(NasreidError, match="needs architecture_first=True"):
        Order(keep_validation_gradient=True)


@pytest.mark.parametrize("kind", ["sgd", "adam", "amsgrad"])
def test_the_head_has_its_own_rate(kind):
    backbone, head = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
    fixed = nn.Parameter(torch.zeros(2), requires_grad=False)
    optimiser = WeightOptimiser(kind=kind, head_factor=10.0).make([backbone, fixed], [head])
    set_lr(optimiser, 0.001)
    assert [(group["lr"], group["params"]) for group in optimiser.param_groups] == [(0.001, [backbone]), (0.01, [head])]
    with pytest.raises(NasreidError, match="head_factor is 0; expected a positive number"):
        WeightOptimiser(head_factor=0)


def test_a_frozen_network_keeps_weights_and_statistics():
    one = stepper(Order(), [])
    before = {name: value.clone() for name, value in one.network.state_dict().items()}
    one.twins.weights = Classifying()
    optimiser = one.weight_optimiser = torch.optim.SGD([*one.weights, *one.twins.weights.parameters()], lr=0.1)
    one.step(batch(1), frozen=True)
    assert all(torch.equal(value, before[name]) for name, value in one.network.state_dict().items())
    assert one.twins.weights.layer.weight.abs().sum() > 0
    assert {id(p) for p in optimiser.state} <= {id(p) for p in one.twins.weights.parameters()}


class Classifying(Objective):
    """A layer that starts from zero."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 4, bias=False)
        nn.init.zeros_(self.layer.weight)

    def forward(self, embedding, batch):
        return nn.functional.cross_entropy(self.layer(embedding.vectors), batch.identities)


def test_switched_off_gradients_come_back():
    layer = nn.Linear(2, 2)
    layer.bias.requires_grad_(False)
    with without_gradient(layer.parameters()):
        assert not layer.weight.requires_grad
    assert layer.weight.requires_grad
    assert not layer.bias.requires_grad


class Pulled(Softmax):
    """Adds the sum of the alphas to the loss that moves them."""

    def penalty(self, alphas):
        return 10 * alphas.sum()


@pytest.mark.parametrize("single", [False, True])
def test_a_penalty_of_the_relaxation_moves_the_alphas_and_nothing_else(single):
    moved, logs = [], []
    for kind in (Softmax(), Pulled()):
        torch.manual_seed(0)
        space = Tiny()
        supernet = relax(space, kind)
        before = torch.cat(list(supernet.alphas().values())).detach().clone()
        twins = Twins(Recorder("train", []), None if single else Recorder("validation", []))
        made = Stepper(Network(space, BNNeck(8)), twins, torch.optim.SGD(supernet.weights(), 0.1), Order(), supernet,
                       torch.optim.SGD(supernet.alphas().values(), 0.1))
        logs.append(read([made.step(batch(1), batch(2))])[0])
        alphas = torch.cat(list(supernet.alphas().values())).detach()
        moved.append((alphas - before, [weight.detach().clone() for weight in supernet.weights()]))
    torch.testing.assert_close(moved[1][0] - moved[0][0], torch.full_like(moved[0][0], -1.0))
    assert all(torch.equal(one, two) for one, two in zip(moved[0][1], moved[1][1], strict=True))
    for name in ("loss", "architecture_loss"):
        assert logs[0].get(name) == logs[1].get(name), "no logged loss has it"
