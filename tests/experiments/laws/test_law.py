"""How a law is stated, broken and told; the laws need neither pytest nor hypothesis, nor `assert`."""

import ast
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from nasreid.errors import NasreidError
from nasreid.experiments import laws
from nasreid.experiments.laws.law import BrokenLaw, Verdict, about, close, keep, law, refused, require, verdicts

FILES = sorted(Path(laws.__file__).parent.glob("*.py"))


@law
def check_small(number):
    """A number is
    small.

    What follows is no part of the sentence.
    """
    with about(f"{number}"):
        require(1 / number > 0.1, "too large")


def test_a_broken_law_says_its_sentence_and_on_what_it_broke():
    assert check_small(3) is None
    with pytest.raises(BrokenLaw, match=r"^A number is small\. Broken: 30: too large$") as caught:
        check_small(30)
    assert (caught.value.law, caught.value.what) == ("A number is small.", "30: too large")
    assert isinstance(caught.value, NasreidError)


def test_what_a_part_raises_breaks_the_law_in_one_line():
    found = list(verdicts([partial(check_small, 2), partial(check_small, 0), partial(check_small, "x" * 999)]))
    assert found[:2] == [Verdict("A number is small.", True),
                         Verdict("A number is small.", False, "0: ZeroDivisionError: division by zero")]
    assert found[2].what.startswith("x" * 999 + ": TypeError")
    with pytest.raises(BrokenLaw, match="0: ZeroDivisionError"):
        keep([partial(check_small, 2), partial(check_small, 0)])


@pytest.mark.parametrize(("found", "words"), [([1.0, 2.1], "differs by 0.1"), ([1.0, float("nan")], "differs by nan"),
                                              ([1.0], r"shape \(1,\), expected \(2,\)")])
def test_tensors_that_are_not_close_are_told(found, words):
    close(torch.tensor([1.0, 2.0 + 1e-9]), torch.tensor([1.0, 2.0]), 1e-6, "maps")
    with pytest.raises(BrokenLaw, match=f"maps: {words}"):
        close(torch.tensor(found), torch.tensor([1.0, 2.0]), 1e-6, "maps")


def raising(error):
    raise error


@pytest.mark.parametrize(("error", "words"), [(ValueError("K"), "expected a NasreidError, got ValueError: K"),
                                              (NasreidError("P"), "'P' names none of K"),
                                              (NasreidError("K\nP"), "more than one line")])
def test_a_refusal_is_a_nasreid_error_of_one_line_that_names_what_it_refuses(error, words):
    refused(lambda: raising(NasreidError("K is 1")), ["K"], "batch")
    with pytest.raises(BrokenLaw, match=f"batch: .*{words}"):
        refused(lambda: raising(error), ["K"], "batch")


def test_the_laws_have_no_assert_which_python_may_leave_out():
    trees = {file.name: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}
    assert [name for name, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.Assert)] == []
    assert len(trees) > 10


def test_the_laws_need_no_test_framework():
    code = ("import sys; sys.modules['pytest'] = sys.modules['hypothesis'] = None; "
            "from nasreid.experiments.laws.check import conformance; "
            f"print([v.kept for v in conformance({str(Path(__file__).parent / 'broken_relaxations.py')!r} + ':Sum')])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False" in done.stdout


def test_every_law_is_a_public_function_that_states_it():
    stated = [node for file in FILES for node in ast.parse(file.read_text(encoding="utf-8")).body
              if isinstance(node, ast.FunctionDef) and any(ast.unparse(d) == "law" for d in node.decorator_list)]
    assert len(stated) > 35
    assert [node.name for node in stated if not node.name.startswith("check_") or not ast.get_docstring(node)] == []
