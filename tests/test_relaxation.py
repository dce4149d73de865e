"""Weights of a decision from its alpha."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasreid.errors import NasreidError
from nasreid.experiments.laws.law import BrokenLaw
from nasreid.experiments.laws.relaxations import check_relaxation
from nasreid.plugins import fitted
from nasreid.relaxation import GumbelSoftmax, SinglePath, Softmax, Turn, UniformPath, named
from nasreid.strategies.ce_darts import CEDarts
from nasreid.strategies.gumbel_relu import GumbelReLU
from nasreid.strategies.sigmoid import Sigmoid

alphas = st.lists(st.floats(-5, 5), min_size=2, max_size=6).map(lambda v: torch.tensor(v, dtype=torch.float64))


@given(alphas, st.integers(0, 1000), st.floats(0.1, 10))
@pytest.mark.parametrize("kind", [Softmax(), GumbelSoftmax(), GumbelSoftmax(hard=True), SinglePath()])
def test_weights_are_a_distribution(kind, alpha, seed, temperature):
    noise = kind.noise(len(alpha), torch.Generator().manual_seed(seed)).double()
    weights = kind.weights(alpha, noise, temperature)
    assert float(weights.sum()) == pytest.approx(1)
    assert bool((weights >= -1e-12).all())


@given(alphas, st.integers(0, 1000))
@pytest.mark.parametrize("kind", [GumbelSoftmax(hard=True), GumbelReLU(hard=True), SinglePath(),
                                  GumbelSoftmax(alone=True), GumbelReLU(alone=True)])
def test_hard_weights_are_one_hot_and_differentiable(kind, alpha, seed):
    noise = kind.noise(len(alpha), torch.Generator().manual_seed(seed)).double()
    leaf = alpha.clone().requires_grad_()
    weights = kind.weights(leaf, noise, 1.0)
    weights[0].backward()
    assert sorted(weights.detach().round(decimals=9).tolist())[:-1] == [0.0] * (len(alpha) - 1)
    assert leaf.grad is not None


@pytest.mark.parametrize("kind", [SinglePath(), GumbelSoftmax(alone=True), GumbelReLU(alone=True)])
def test_the_single_path_is_the_index_of_its_weight(kind):
    alpha = torch.tensor([0.1, 0.4, -0.3])
    for seed in range(20):
        noise = kind.noise(3, torch.Generator().manual_seed(seed))
        assert kind.index(alpha, noise) == int(kind.weights(alpha, noise.float(), 1.0).argmax())


@pytest.mark.parametrize("kind", [GumbelSoftmax, GumbelReLU])
def test_a_lone_path_has_the_weights_of_a_hard_one(kind):
    alpha = torch.tensor([0.1, 0.4, 0.3])
    for seed in range(20):
        noise = kind().noise(3, torch.Generator().manual_seed(seed)).float()
        hard, lone = (way.weights(alpha, noise, 5.0) for way in (kind(hard=True), kind(alone=True)))
        assert torch.equal(hard, lone)


@pytest.mark.parametrize(("kind", "alpha", "noise", "ratio"), [
    (Softmax(), [0.0, math.log(3)], [0.0, 0.0], 3**0.5),
    (GumbelSoftmax(), [0.0, math.log(3)], [1.0, -1.0], 3**0.5 / math.e),
    (GumbelReLU(), [1.0, 3.0], [1.0, -1.0], 3**0.5 / math.e)])
def test_the_temperature_divides_the_scores(kind, alpha, noise, ratio):
    first, second = kind.weights(torch.tensor(alpha).double(), torch.tensor(noise).double(), 2.0).tolist()
    assert second / first == pytest.approx(ratio)
    assert first + second == pytest.approx(1)


@pytest.mark.parametrize(("kind", "noise"), [(SinglePath(), [0.0, 0.0]), (UniformPath(), [-torch.inf, 0.0]),
                                             (GumbelSoftmax(hard=True), [0.0, 0.0])])
def test_a_hard_draw_has_the_gradient_of_the_tempered_softmax(kind, noise):
    alpha = torch.tensor([0.0, math.log(3)], dtype=torch.float64, requires_grad=True)
    weights = kind.weights(alpha, torch.tensor(noise).double(), 2.0)
    weights[0].backward()
    soft = 1 / (1 + 3**0.5)
    assert weights.tolist() == pytest.approx([0, 1])
    assert alpha.grad is not None
    assert alpha.grad.tolist() == pytest.approx([soft * (1 - soft) / 2, -soft * (1 - soft) / 2])


@pytest.mark.parametrize("kind", [GumbelSoftmax(), GumbelReLU(), SinglePath()])
def test_gumbel_noise_has_the_moments_of_its_distribution(kind):
    noise = kind.noise(40000, torch.Generator().manual_seed(0))
    assert float(noise.mean()) == pytest.approx(0.5772, abs=0.03)
    assert float(noise.var()) == pytest.approx(math.pi**2 / 6, abs=0.06)


def test_alphas_start_from_a_thousandth_of_a_standard_normal():
    start = Softmax().start(40000, torch.Generator().manual_seed(0))
    assert float(start.mean()) == pytest.approx(0, abs=2e-5)
    assert float(start.std()) == pytest.approx(1e-3, rel=0.02)


def test_uniform_paths_have_even_odds_and_no_noise_at_one_candidate_only():
    kind, generator = UniformPath(), torch.Generator().manual_seed(0)
    assert kind.odds(torch.tensor([5.0, 0.0, 1.0, 2.0])).tolist() == [0.25] * 4
    drawn = torch.stack([kind.noise(4, generator) for _ in range(2000)])
    assert bool(((drawn == 0).sum(1) == 1).all())
    assert ((drawn == 0).double().mean(0) - 0.25).abs().max() < 0.04
    assert bool((drawn[drawn != 0] == -torch.inf).all())


def test_softmax_has_no_noise():
    assert Softmax().noise(3, torch.Generator()).tolist() == [0, 0, 0]
    assert Softmax().index(torch.ones(3), torch.zeros(3)) is None


@pytest.mark.parametrize("name", ["GumbelSoftmax", "GumbelReLU"])
@pytest.mark.parametrize(("arguments", "hard", "alone"), [
    ({}, False, False), ({"hard": True}, True, False), ({"alone": True}, True, True)])
def test_a_name_and_its_arguments_say_what_it_is(name, arguments, hard, alone):
    found = named(name, arguments)
    assert (type(found).__name__, found.hard, found.alone) == (name, hard, alone)
    assert (found.index(torch.zeros(2), torch.zeros(2)) is not None) == alone


def test_the_arguments_of_a_relaxation_are_read_as_those_of_every_plug_in():
    given = {"relaxation": "GumbelReLU", "relaxation_args": {"hard": "yes"}}
    assert fitted(CEDarts, given)["relaxation_args"] == {"hard": True}
    for arguments, words in (({"hrad": True}, "GumbelReLU has no argument 'hrad'.*did you mean 'hard'"),
                             ({"hard": 2}, "GumbelReLU: hard is 2; expected true or false")):
        with pytest.raises(NasreidError, match=words):
            CEDarts("GumbelReLU", arguments)
    with pytest.raises(NasreidError, match="Softmax is made already; expected no arguments of it, got k"):
        named(Softmax(), {"k": 2})


def test_single_paths_are_drawn_with_the_softmax_probabilities():
    kind, alpha, generator = SinglePath(), torch.tensor([1.0, 0.0, -1.0]), torch.Generator().manual_seed(0)
    drawn = torch.bincount(torch.tensor([kind.index(alpha, kind.noise(3, generator)) for _ in range(4000)]))
    torch.testing.assert_close(drawn / 4000, torch.softmax(alpha, 0), rtol=0, atol=0.03)


def test_an_unknown_name_is_refused():
    with pytest.raises(NasreidError, match=r"'Sofmax' is not among our relaxations .did you mean 'Softmax'"):
        named("Sofmax")


@pytest.mark.parametrize(("name", "arguments"), [
    ("GumbelSoftmax", {"hard": True}), ("GumbelSoftmax", {"alone": True}), ("GumbelReLU", {"hard": True}),
    ("GumbelReLU", {"alone": True}), ("TopK", {"ties": "order"}), ("TopK", {"k": 1}), ("TopK", {"k": 3}),
    ("TopK", {"full": True}), ("UniformPath", {"fair": True})])
def test_ours_keep_the_laws_with_other_arguments(name, arguments):
    assert check_relaxation(lambda: named(name, arguments)) is None


def test_what_is_beside_the_weights_is_nothing_by_default():
    assert [Softmax().temperature(epoch, 4) for epoch in range(4)] == [1.0] * 4
    assert Softmax().penalty(torch.ones(3)) is None


class Apart(SinglePath):
    """Weights that are another draw than the index where float32 cannot tell two candidates apart."""

    def weights(self, alpha, noise, temperature):
        return one_hot((torch.log_softmax(alpha.float(), -1) + noise.float()).argmax(), alpha)


class Even(SinglePath):
    """Says odds that its draws do not have."""

    def odds(self, alpha):
        return torch.full_like(alpha, 1 / len(alpha))


class Numb(Softmax):
    """Weights without a gradient."""

    def weights(self, alpha, noise, temperature):
        return super().weights(alpha, noise, temperature).detach() + 0 * alpha


class Lukewarm(Softmax):
    """Knows no temperature."""

    def weights(self, alpha, noise, temperature):
        return super().weights(alpha, noise, 1.0)


class Counting(Softmax):
    """Has a state that asking changes."""

    asked = 0

    def weights(self, alpha, noise, temperature):
        self.asked += 1
        return super().weights(alpha, noise, temperature)


class Idle(Softmax):
    """Mixes all candidates and lets the first one run alone."""

    def running(self, alpha, noise):
        return [0]


class Stubborn(UniformPath):
    """Has the same turn every time."""

    def in_turn(self, candidates, place, turn):
        return super().in_turn(candidates, place, Turn(turn.entropy, 0))


class Faint(Sigmoid):
    """Is evaluated at another scale than it is trained at."""

    def plain(self, alpha):
        return self.probabilities(alpha)


def one_hot(index, alpha):
    soft = torch.softmax(alpha, -1)
    return torch.nn.functional.one_hot(index, len(alpha)).to(alpha) + soft - soft.detach()


@pytest.mark.parametrize(("broken", "words"), [
    (Apart, "but weights"), (Even, r"odds \[0.25"), (Numb, "Broken: gradient"), (Lukewarm, "at temperature 1e-3"),
    (Counting, "weights changed the relaxation"), (Idle, r"only \[0\] run, and others have weights"),
    (lambda: Stubborn(fair=True), "draws .* of a cycle"), (Faint, r"the sum is 1, in training \d\.")])
def test_what_breaks_a_law_is_caught(broken, words):
    with pytest.raises(BrokenLaw, match=words):
        check_relaxation(broken)


def test_a_third_party_brings_its_relaxation_by_path(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from nasreid.relaxation import Softmax\nclass Mine(Softmax):\n    pass\nclass Odd:\n    pass\n")
    assert type(named(f"{file}:Mine")).__name__ == "Mine"
    assert type(CEDarts(relaxation=f"{file}:Mine").relaxation).__name__ == "Mine"
    with pytest.raises(NasreidError, match="is no Relaxation"):
        named(f"{file}:Odd")
    own = Softmax()
    assert named(own) is own
