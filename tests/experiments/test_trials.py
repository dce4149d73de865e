"""The strategies by trials, NNI's and Optuna's: they find what is planted, and an interruption changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasreid.errors import Interrupted, NasreidError
from nasreid.experiments.choosers import chooser
from nasreid.experiments.ledger import Ledger
from nasreid.experiments.pool import Here
from nasreid.experiments.trials import Trials, best
from nasreid.experiments.workers import Processes, Task
from nasreid.plugins import MULTI_TRIAL

DECISIONS = {f"b{i}": ["x", "y", "z"] for i in range(4)}
PLANTED = {"b0": "z", "b1": "x", "b2": "y", "b3": "z"}


def planted(spec, folder=None, threads=1, children=None):
    cost = sum(name == "z" for name in spec.values())
    return {"mAP": 10.0 * sum(spec.get(label) == name for label, name in PLANTED.items()), "multiply_adds": cost}


def search(path, name, count, seed=0, work=planted, concurrent=1, workers=None, decisions=DECISIONS, **arguments):
    with Ledger(path) as ledger:
        engine = Trials(lambda choices: Task(" ".join(choices.values()), choices, "nowhere"), ledger,
                        workers or Here(work), count, concurrent, quiet=True)
        engine.play(chooser(name, count, seed, arguments), decisions)
    return engine.rows


@pytest.mark.parametrize("name", MULTI_TRIAL)
def test_the_planted_optimum_is_found_with_enough_trials(tmp_path, name):
    few = name == "gp"  # a model that is fitted before each trial
    decisions = {label: DECISIONS[label] for label in list(DECISIONS)[: 2 if few else 4]}
    count = 3 ** len(decisions)
    rows = search(tmp_path / "l", name, count, decisions=decisions)
    found = best(rows)
    assert {label: found[label] for label in decisions} == {label: PLANTED[label] for label in decisions}
    assert len({tuple(row[label] for label in decisions) for row in rows}) == len(rows) <= count


def test_what_is_refused_is_no_trial(tmp_path):
    for name in MULTI_TRIAL:
        with Ledger(tmp_path / name) as ledger:
            engine = Trials(lambda choices: Task(" ".join(choices.values()), choices, "nowhere"), ledger, Here(planted),
                            6, quiet=True, refuse=lambda choices: "dear" if choices["b0"] == "z" else None)
            engine.play(chooser(name, 6, 0, {}), DECISIONS)
        assert len(engine.rows) == 6, name
        assert all(row["b0"] != "z" for row in engine.rows), name


def test_where_all_is_refused_it_is_said(tmp_path):
    with Ledger(tmp_path / "l") as ledger, pytest.raises(NasreidError, match="cost too much, the last one dear"):
        Trials(lambda choices: Task("", choices, ""), ledger, Here(planted), 6, quiet=True,
               refuse=lambda choices: "dear").play(chooser("grid", 6, 0, {}), DECISIONS)


@pytest.mark.parametrize("name", ["evolution", "tpe"])
def test_what_learns_from_scores_beats_chance(tmp_path, name):
    wide = {f"b{i}": ["x", "y", "z"] for i in range(12)}

    def ones(spec, *others):
        return {"mAP": float(sum(value == "y" for value in spec.values()))}

    def late(kind):
        rows = [search(tmp_path / f"{kind}{seed}", kind, 40, seed, ones, decisions=wide) for seed in range(2)]
        return sum(row["mAP"] for run in rows for row in run[25:]) / 30

    assert late(name) > late("random") + 1


def test_a_fault_is_raised_and_nothing_else_is_said_of_it(tmp_path, caplog):
    def full(choices):
        raise NasreidError("no room")

    with Ledger(tmp_path / "l") as ledger, pytest.raises(NasreidError, match="no room"):
        Trials(full, ledger, Here(planted), 2, quiet=True).play(chooser("random", 2, 0, {}), DECISIONS)
    assert caplog.records == []


class Cut:
    """A work that is interrupted at its n-th call."""

    def __init__(self, after):
        self.left, self.calls = after, []

    def __call__(self, spec, *others):
        if self.left == 0:
            raise Interrupted("now")
        self.left -= 1
        self.calls.append(tuple(sorted(spec.items())))
        return planted(spec)


@pytest.mark.parametrize("name", MULTI_TRIAL)
@settings(max_examples=3)
@given(after=st.integers(0, 13), seed=st.integers(0, 99), concurrent=st.integers(1, 3))
def test_an_interrupted_search_repeats_no_trial_and_ends_alike(tmp_path_factory, name, after, seed, concurrent):
    place = tmp_path_factory.mktemp("l")
    own = {"n_startup_trials": 12} if name == "gp" else {}  # a model that is fitted before each trial
    whole = search(place / "whole", name, 14, seed, concurrent=concurrent, **own)
    first = Cut(after)
    with pytest.raises(Interrupted):
        search(place / "cut", name, 14, seed, first, concurrent, **own)
    second = Cut(99)
    assert search(place / "cut", name, 14, seed, second, concurrent, **own) == whole
    assert not set(second.calls) & set(first.calls[: len(first.calls) - concurrent + 1])


def test_the_workers_change_nothing(tmp_path):
    rows = [search(tmp_path / f"{n}", "evolution", 40, 3, concurrent=3, workers=Processes(n, 1, planted))
            for n in (1, 3)]
    assert rows[0] == rows[1] == search(tmp_path / "here", "evolution", 40, 3, concurrent=3)


@pytest.mark.parametrize("name", MULTI_TRIAL)
def test_a_trial_that_fails_twice_has_no_score_and_the_search_goes_on(tmp_path, name):
    calls = []

    def broken(spec, *others):
        calls.append(spec)
        if spec["b0"] == "z":
            raise NasreidError("loss became nan")
        return planted(spec)

    count = 6 if name == "gp" else 20
    rows = search(tmp_path / "l", name, count, 1, broken)
    failed = [row for row in rows if row["b0"] == "z"]
    assert len(rows) == count
    assert failed
    assert not any("mAP" in row for row in failed)
    assert len(calls) == count + len(failed)
    assert search(tmp_path / "l", name, count, 1, broken) == rows
    assert len(calls) == count + len(failed)


def test_when_all_trials_fail_it_is_said():
    with pytest.raises(NasreidError, match="all 2 trials failed"):
        best([{"trial": 1}, {"trial": 2}])


def test_of_equal_scores_the_first_is_taken():
    assert best([{"trial": 1, "mAP": 2.0}, {"trial": 2, "mAP": 3.0}, {"trial": 3, "mAP": 3.0}])["trial"] == 2


@pytest.mark.parametrize(("name", "arguments", "words"), [
    ("annealing", {}, "strategy 'annealing': expected one of evolution, tpe, random, grid, optuna-tpe"),
    ("evolution", {"population_size": 2, "sample_size": 5}, "strategy 'evolution' with .*sample_size"),
    ("evolution", {"populaton": 2}, "has no argument 'populaton'; expected population_size"),
    ("tpe", {"n_startup_jobs": 1}, "expected n_startup_jobs of at least 2"),
    ("tpe", {"gama": 1}, "has no argument 'gama'; expected constant_liar_type")])
def test_what_nni_does_not_know_is_refused(name, arguments, words):
    with pytest.raises(NasreidError, match=words):
        chooser(name, 8, 0, arguments)


@pytest.mark.parametrize("name", MULTI_TRIAL)
@pytest.mark.parametrize("trials", [1, 2, 3, 4])
def test_few_trials_are_enough_for_a_search(tmp_path, name, trials):
    assert len(search(tmp_path / "l", name, trials)) == trials
