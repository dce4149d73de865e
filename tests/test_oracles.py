"""Our parts return what the official code returned; and the checker that says so can say no."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.oracle_adapters import cmnas_training, recipes
from tests.oracle_adapters.oracle import Oracle
from tests.oracle_check import load, main, run
from tests.oracle_parameters import unnoticed

ORACLES = Path(__file__).parent / "oracles"
INDEX = load(ORACLES)
SLOW = {"cmnas_train_step"}  # whole steps of ResNet-50 in float64


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in INDEX])
def test_oracle(name):
    results = run(ORACLES, name, INDEX[name])
    assert [f"{r.array}: {r.why}" for r in results if r.status == "failed"] == []
    assert {r.status for r in results} == {"passed"}


@pytest.fixture
def folder(tmp_path):
    """A folder with one small oracle: its entry may be changed before it is written by `write`."""
    shutil.copyfile(ORACLES / "tcm_memory.npz", tmp_path / "tcm_memory.npz")
    return tmp_path


def entry():
    return json.loads(json.dumps(INDEX["tcm_memory"]))


def write(folder, **entries):
    (folder / "index.json").write_text(json.dumps(entries), encoding="utf-8")
    return str(folder)


def rewrite(folder, array, change):
    with np.load(ORACLES / "tcm_memory.npz") as stored:
        arrays = dict(stored)
    arrays[array] = arrays[array] + change
    np.savez(folder / "tcm_memory.npz", **arrays)


def last_line(capsys):
    return capsys.readouterr().out.splitlines()[-1]


def test_another_name_changes_nothing(folder, capsys):
    assert main([write(folder, something_else=entry())]) == 0
    assert last_line(capsys) == "24 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize(("share", "status"), [(0.5, 0), (2.0, 1)])
def test_the_tolerance_decides(folder, capsys, share, status):
    rewrite(folder, "r1_1_memory", share * INDEX["tcm_memory"]["arrays"]["r1_1_memory"]["atol_float64"])
    assert main([write(folder, tcm_memory=entry())]) == status
    assert last_line(capsys) == f"{24 - status} passed, {status} failed, 0 skipped"


def test_a_tolerance_of_nothing_fails(folder):
    ours = entry()
    ours["arrays"]["r1_1_grad"]["atol_float64"] = 0.0
    rewrite(folder, "r1_1_grad", 1e-15)
    failed = [r.array for r in run(folder, "tcm_memory", ours) if r.status == "failed"]
    assert failed == ["r1_1_grad"]


@pytest.mark.parametrize("field", ["recipe", "digest"])
def test_another_input_fails_by_its_digest(folder, field):
    ours = entry()
    ours["recipe"]["inputs"]["feats1"][field] = {"recipe": "normal(82, (2, 16, 512))", "digest": [1, 2, 3, 4]}[field]
    results = run(folder, "tcm_memory", ours)
    assert {r.status for r in results} == {"failed"}
    assert all("input feats1 has the digest" in r.why for r in results)


def test_other_parameters_fail(folder):
    ours = entry()
    ours["recipe"]["params"]["momentum"] = 0.3
    failed = {r.array for r in run(folder, "tcm_memory", ours) if r.status == "failed"}
    assert "r0_0_memory" in failed
    assert "r0_0_loss" not in failed


def test_an_array_that_nothing_computes_fails(folder):
    with np.load(ORACLES / "tcm_memory.npz") as stored:
        np.savez(folder / "tcm_memory.npz", surprise=np.zeros(2), **stored)
    failed = [r for r in run(folder, "tcm_memory", entry()) if r.status == "failed"]
    assert [r.array for r in failed] == ["surprise"]


def test_an_unknown_kind_is_skipped_and_never_passed(folder, capsys):
    unknown = {**entry(), "ran": "somebody.elses.Code"}
    assert main([write(folder, mystery=unknown)]) == 0
    assert last_line(capsys) == "0 passed, 0 failed, 24 skipped"


def test_a_missing_file_fails(folder, capsys):
    (folder / "tcm_memory.npz").unlink()
    assert main([write(folder, tcm_memory=entry())]) == 1
    assert last_line(capsys) == "0 passed, 24 failed, 0 skipped"


def test_a_folder_without_an_index_is_refused(tmp_path):
    with pytest.raises(SystemExit):
        main([str(tmp_path)])


def test_only_selects_one(folder, capsys):
    write(folder, one=entry(), other={**entry(), "ran": "somebody.elses.Code"})
    assert main([str(folder), "--only", "other"]) == 0
    assert last_line(capsys) == "0 passed, 0 failed, 24 skipped"
    with pytest.raises(SystemExit):
        main([str(folder), "--only", "third"])


def test_recipes_are_evaluated():
    known = {"centres": np.array([[1.0], [5.0]]), "labels": np.array([1, 0])}
    draw = recipes.fill.normal(3, (2, 1))
    value = recipes.evaluate("normal(3, (2, 1)) * 2.0 + 0.5 * centres[labels] - 1", known.__getitem__)
    np.testing.assert_array_equal(value, draw * 2 + [[2.5], [0.5]] - 1)
    assert recipes.part("[:1, ::2, 3]") == (slice(None, 1, None), slice(None, None, 2), 3)


@pytest.mark.parametrize("text", ["__import__('os').getcwd()", "open('x')", "normal(1, (2,)).sum()", "2 **", "'text'"])
def test_a_recipe_is_no_code(text):
    with pytest.raises(recipes.Unknown):
        recipes.evaluate(text, {}.__getitem__)


QUICK = [name for name in INDEX if name.endswith(("losses", "schedules", "split", "gumbel", "_eval", "memory", "ops"))]
# where all inputs are stored, how they were drawn decides nothing; lo and hi are bounds
TOLD = {"msinet_eval": ["seed"], "rank_eval": ["seed"], "vi_eval": ["seed"], "msinet_split": ["seed", "hi"]}


@pytest.mark.parametrize("name", QUICK)  # python -m tests.oracle_parameters asks the others
def test_every_parameter_decides(name):
    assert unnoticed(ORACLES, name, INDEX[name]) == TOLD.get(name, [])


def risen(epoch, epochs, factor):
    """The prose of section 1.5: linear warm-up from a factor."""
    return factor * (1 - epoch / epochs) + epoch / epochs if epoch < epochs else 1.0


def decayed(base, milestones, warm, factor, epochs):
    return [base * risen(e, warm, factor) * 0.1 ** sum(e >= stone for stone in milestones) for e in range(epochs)]


def halved(base, over):
    return [base * (1 + math.cos(math.pi * e / over)) / 2 for e in range(over)]


OTHER_SCHEDULES = {
    "msinet_schedules": ({"epochs": 40, "milestones": [12, 25, 33], "warmup_step": 4}, {
        "retrain": decayed(0.065, (12, 25, 33), 4, 0.01, 40), "search": decayed(0.025, (12, 25, 33), 4, 0.01, 40),
        "arch": [0.002] * 40}),
    "osnet_schedules": ({"epochs": 60, "init": 8.0, "minl": 0.5, "step": 7, "rate": 0.4, "max_epoch": 60}, {
        "lmda": [max(0.5, 8 * 0.4 ** (e // 7)) for e in range(60)], "lr_search": halved(0.1, 60)}),
    "cmnas_schedules": ({"epochs": 50, "steps": [11, 30], "warm": 6, "factor": 0.05}, {
        "lr": np.stack([decayed(base, (11, 30), 6, 0.05, 50) for base in (0.001, 0.01)], 1)}),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_SCHEDULES)
def test_schedules_follow_the_parameters(name, tmp_path):
    params, expected = OTHER_SCHEDULES[name]
    with np.load(ORACLES / f"{name}.npz") as stored:
        np.savez(tmp_path / f"{name}.npz", **{**stored, **expected})
    ours = json.loads(json.dumps(INDEX[name]))
    ours["recipe"]["params"] = params
    assert [r for r in run(tmp_path, name, ours) if r.status != "passed"] == []
    assert unnoticed(tmp_path, name, ours) == []


def test_k_is_the_size_of_the_groups_of_cmmd():
    ours = json.loads(json.dumps(INDEX["cmnas_train_step"]))
    ours["recipe"]["params"]["k"] = 2
    (term,) = [term for term in cmnas_training.objectives(Oracle(ORACLES, "", ours)) if term["objective"] == "C3MMD"]
    assert term["args"]["images"] == 2
