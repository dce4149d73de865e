"""Optuna's samplers: what is theirs alone. That they search is tested with all strategies by trials."""

from __future__ import annotations

import pytest

from nasreid.errors import NasreidError
from nasreid.experiments.choosers import chooser
from nasreid.experiments.ledger import MEMORY, Ledger
from nasreid.experiments.pool import Here
from nasreid.experiments.trials import Trials
from nasreid.experiments.workers import Task

DECISIONS = {f"b{i}": ["x", "y", "z"] for i in range(4)}


def rows(name, count, work, **arguments):
    with Ledger(MEMORY) as ledger:
        engine = Trials(lambda choices: Task("", choices, ""), ledger, Here(work), count, quiet=True)
        engine.play(chooser(name, count, 0, arguments), DECISIONS)
    return engine.rows


def dear(spec, *others):
    """What scores costs as much."""
    high = sum(name == "z" for name in spec.values())
    return {"mAP": 10.0 * high, "multiply_adds": high, "parameters": 4 - high}


def test_two_aims_keep_what_is_cheap_in_the_population():
    late = rows("nsga2", 60, dear, population_size=10)[30:]
    assert len({row["multiply_adds"] for row in late}) >= 4


def test_the_other_cost_is_the_aim_where_it_is_named():
    def flat(spec, *others):
        return {**dear(spec), "mAP": 1.0}

    def late(cost):
        found = rows("nsga2", 50, flat, population_size=10, cost=cost)[20:]
        return sum(row["multiply_adds"] for row in found)

    assert late("parameters") > late("multiply_adds")


def test_a_trial_that_does_not_count_its_cost_is_refused():
    with pytest.raises(NasreidError, match="says nothing of its multiply_adds"):
        rows("nsga2", 4, lambda spec, *others: {"mAP": 1.0})


@pytest.mark.parametrize(("name", "arguments", "words"), [
    ("nsga2", {"cost": "latency"}, "cost 'latency' of nsga2: expected multiply_adds or parameters"),
    ("nsga2", {"population": 3}, r"has no argument 'population' \(did you mean 'population_size'"),
    ("optuna-tpe", {"cost": "parameters"}, "has no argument 'cost'"),
    ("nsga2", {"population_size": 1}, "strategy 'nsga2' with"),
    ("nsga-2", {}, r"strategy 'nsga-2' \(did you mean 'nsga2'\?\)")])
def test_what_optuna_does_not_know_is_refused(name, arguments, words):
    with pytest.raises(NasreidError, match=words):
        chooser(name, 8, 0, arguments)
