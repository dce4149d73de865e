"""What a candidate's removal costs decides, the alphas do not."""

import json

import numpy as np
import pytest
import torch

from nasreid.data.datasets import read
from nasreid.errors import NasreidError
from nasreid.experiments.laws.planted import Planted
from nasreid.mutation import relax
from nasreid.plugins import construct
from nasreid.relaxation import Softmax, named
from nasreid.training.engine import Budget, Engine
from nasreid.training.perturbation import removals, strongest
from nasreid.training.search import Search

WRONG = {f"slot{number}": torch.tensor([3.0, 0.0, -2.0]) for number in (1, 2, 3)}  # red is the first of slot3 alone


def planted(relaxation):
    return relax(construct(Planted, {}), relaxation, WRONG)


def missed(supernet):
    """How much of the planted candidates is left: what a validation would see."""
    return lambda: sum(row["red"] for row in supernet.probabilities().values())


@pytest.mark.parametrize("relaxation", ["Softmax", "Sigmoid", "TopK", "Dirichlet"])
def test_the_candidate_that_is_missed_is_taken_whatever_its_alpha(relaxation):
    supernet = planted(named(relaxation))
    found = removals(supernet, missed(supernet), np.random.default_rng(0))
    assert {label: strongest(row) for label, row in found.items()} == dict.fromkeys(WRONG, "red")
    assert all(torch.equal(alpha, WRONG[label]) for label, alpha in supernet.alphas().items())


def test_a_decision_that_is_made_stands_while_the_others_are_looked_at():
    supernet = planted(Softmax())
    seen = []

    def score():
        seen.append({label: max(row.values()) > 0.999 for label, row in supernet.probabilities().items()})
        return 0.0

    removals(supernet, score, np.random.default_rng(0))
    assert [sum(row.values()) for row in seen] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_of_equally_missed_candidates_the_first_is_taken():
    assert strongest({"a": 2.0, "b": 1.0, "c": 1.0}) == "b"


class Stubborn(Softmax):
    """Gives every candidate the same weight."""

    def probabilities(self, alpha):
        return torch.full_like(alpha, 1 / len(alpha))


def test_a_relaxation_that_leaves_nobody_out_is_refused_and_the_alphas_stay():
    supernet = planted(Stubborn())
    with pytest.raises(NasreidError, match=r"has weight 0\.333 under the relaxation Stubborn"):
        removals(supernet, lambda: 0.0, np.random.default_rng(0))
    assert all(torch.equal(alpha, WRONG[label]) for label, alpha in supernet.alphas().items())


def test_a_search_says_what_each_removal_cost(people, tmp_path):
    train = read("market1501", people)
    run = Search("Micro", {"width": 8, "slots": [1, 0, 1]}, "CEDarts", budget=Budget(1, 4, 2, 32, 16), take="perturb",
                 engine=Engine(device="cpu", quiet=True, draw=False))
    one = run.run(train[train["split"] == "train"], tmp_path / "run")
    record = json.loads((tmp_path / "run" / "genotype.json").read_text())["provenance"]
    assert record["take"] == "perturb"
    for label, row in record["validation_mAP_without"].items():
        assert one.choices[label] == min(row, key=row.__getitem__)
        assert all(0 <= value <= 100 for value in row.values())
