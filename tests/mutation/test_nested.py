"""A decision inside a candidate exists only where that is chosen: genotypes, draws, searches, trials know it."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from nasreid.errors import NasreidError
from nasreid.experiments.choosers import chooser
from nasreid.experiments.exhaust import Exhaust
from nasreid.experiments.laws.spaces import check_space
from nasreid.experiments.ledger import MEMORY, Ledger
from nasreid.experiments.pool import Here
from nasreid.experiments.trials import METRIC, Trials
from nasreid.experiments.workers import Task
from nasreid.genotype import Genotype
from nasreid.mutation import decisions, freeze, relax
from nasreid.network.build import built
from nasreid.relaxation import SinglePath, UniformPath
from nasreid.space import SearchSpace, choice
from nasreid.training.paths import judge
from nasreid.training.retrain import Retrain


class Nested(SearchSpace):
    """Two slots of which a candidate has a decision inside; the second one's lies two deep, and the first one's label
    is in both."""

    def __init__(self):
        super().__init__()
        self.width = 4
        self.stem = nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.one = choice("one", {"conv": nn.Sequential(nn.Conv2d(4, 4, 1), self.norm("norm")), "skip": nn.Identity()})
        inner = choice("inner", {"norm": self.norm("norm"), "act": choice("act", {"relu": nn.ReLU(), "elu": nn.ELU()})})
        self.two = choice("two", {"deep": nn.Sequential(nn.Conv2d(4, 4, 1), inner), "skip": nn.Identity()})

    @staticmethod
    def norm(label):
        return choice(label, {"bn": nn.BatchNorm2d(4), "in": nn.InstanceNorm2d(4, affine=True)})

    def maps(self, images, modality=None):
        return self.two(self.one(self.stem(images)))


NAME = f"{__file__}:Nested"
ALL = 2 * (1 + 1 + 2) + (1 + 2 + 2)  # with conv in the first slot (norm once for both) and without


def test_the_laws_hold():
    check_space(Nested)


def test_decisions_say_where_they_exist():
    known = decisions(Nested())
    assert list(known) == ["one", "norm", "two", "inner", "act"]
    assert known.ways["inner"] == [{"two": frozenset(["deep"])}]
    assert known.ways["act"] == [{"two": frozenset(["deep"]), "inner": frozenset(["act"])}]
    assert len(known.ways["norm"]) == 2
    assert known.count() == ALL
    assert decisions(relax(Nested(), UniformPath()).space).ways == known.ways


def test_a_genotype_holds_what_exists_and_nothing_else():
    whole = {"one": "skip", "two": "deep", "inner": "act", "act": "elu"}
    network = built(Genotype(NAME, {}, whole), space=NAME)
    assert isinstance(network.space.two[1], nn.ELU)
    there = r"it exists where 'one' is conv; or where 'two' is deep and 'inner' is norm"
    for wrong, words in (({**whole, "norm": "bn"}, "choice 'norm' is 'bn', but there is no such decision here"),
                         ({**whole, "inner": "norm"}, rf"choice 'norm' is missing; expected one of bn, in \({there}")):
        with pytest.raises(NasreidError, match=words):
            built(Genotype(NAME, {}, wrong), space=NAME)


def exhaust(most=2048):
    like = Retrain(Genotype(NAME, {}, {}))
    return Exhaust(NAME, {}, like, {"data": "people", "layout": "market1501"}, most=most)


def test_an_enumeration_has_every_network_once():
    found = list(exhaust().genotypes())
    assert len({json.dumps(choices) for choices in found}) == len(found) == ALL
    space = Nested()
    for choices in found:
        freeze(space, choices)
    assert len(exhaust().some(1000)) == ALL
    with pytest.raises(NasreidError, match=f"has {ALL} architectures; expected at most 3"):
        list(exhaust(3).genotypes())


@pytest.mark.parametrize("name", ["random", "evolution", "tpe", "grid", "optuna-tpe"])
def test_trials_are_of_architectures(name):
    known, asked = decisions(Nested()), []

    def look(choices, *others):
        asked.append(choices)
        known.check(choices)
        return {METRIC: float(len(choices))}

    with Ledger(MEMORY) as ledger:
        engine = Trials(lambda choices: Task(" ".join(choices.values()), choices, ""), ledger, Here(look), 12,
                        quiet=True)
        engine.play(chooser(name, 12, 0, {}), known)
    assert len(asked) == len({json.dumps(choices) for choices in asked}) <= len(engine.rows) == 12


def test_random_draws_are_architectures():
    known, rng = decisions(Nested()), np.random.default_rng(0)
    for _ in range(20):
        known.check(known.draw(rng))


def test_a_supernet_chooses_and_draws_what_exists():
    strongest = {"one": [0.0, 1], "norm": [1.0, 0], "two": [1.0, 0], "inner": [0.0, 1], "act": [0.0, 1]}
    supernet = relax(Nested(), SinglePath(), {label: torch.tensor(row) for label, row in strongest.items()})
    assert supernet.choices() == {"act": "elu", "inner": "act", "one": "skip", "two": "deep"}
    seen = set()
    for seed in range(30):
        supernet.draw(1.0, torch.Generator().manual_seed(seed))
        path = {label: supernet.decisions[label][at] for label, at in supernet.drawn().items()}
        supernet.decisions.check(path)
        seen.add(frozenset(path.items()))
    assert len(seen) >= 5


def test_paths_without_a_decision_say_nothing_of_it():
    supernet = relax(Nested(), UniformPath())
    losses = iter(torch.tensor([1.0, 2.0, 4.0, 7.0]))
    draws = []

    def run():
        supernet.draw(1.0, torch.Generator().manual_seed(len(draws) + 3))
        draws.append(supernet.drawn())
        return next(losses)

    judge(supernet, run, 4)
    gains = (torch.tensor([1.0, 2.0, 4.0, 7.0]) - 3.5) / 4
    for label, alpha in supernet.alphas().items():
        chances = torch.softmax(alpha.detach(), 0)
        there = [(gain, path[label]) for gain, path in zip(gains, draws, strict=True) if label in path]
        expected = sum((gain * (torch.eye(2)[at] - chances) for gain, at in there), torch.zeros(2))
        assert torch.allclose(alpha.grad, expected, atol=1e-6)
    assert any("norm" not in path for path in draws)
