"""The changes that `make mutants` makes, and the tests that have to notice them."""

import pytest

from tests.mutants import FILES, drawn, tests_of
from tests.mutations import mutants
from tests.sources import ROOT


@pytest.mark.parametrize(("source", "changes"), [
    ("a < b", ["a <= b"]), ("a + 1", ["a - 1", "a + 2", "a + 0"]), ("x = not a", ["x = a"]), ("f(True)", ["f(False)"]),
    ("a and b", ["a or b"]), ("min(a)", ["max(a)"]), ("a.mean(-1)", ["a.sum(-1)", "a.mean(1)"]),
    ("x = 0.5", ["x = 1.0", "x = 0.25"]),
    ("a if b else c", ["a if not b else c"]), ("raise E(1)", []), ("x: f(1) = y", []), ("x = f'{a + 1}'", []),
    ("'ö' + x * 'ä'", ["'ö' - x * 'ä'", "'ö' + x / 'ä'"])])
def test_each_operator_changes_one_place(source, changes):
    found = [mutant.source.replace("(", " ").replace(")", " ").split() for mutant in mutants("f.py", source)]
    wanted = [change.replace("(", " ").replace(")", " ").split() for change in changes]
    assert [one for one in found if one != ["pass"]] == wanted


def test_a_call_for_its_effect_is_left_out():
    found = [mutant.source for mutant in mutants("f.py", "if a:\n    f(b)\n")]
    assert found == ["if (not a):\n    f(b)\n", "if a:\n    pass\n"]


def test_every_file_has_tests_and_a_sample_is_repeatable():
    for file in FILES:
        if mutants(file, (ROOT / file).read_text(encoding="utf-8")):
            assert all((ROOT / tests).exists() for tests in tests_of(file))
    files = ["strategies/splits.py", "nasreid/relaxation.py"]
    one, two, other = (drawn(files, 3, seed) for seed in (0, 0, 1))
    assert one == two != other
    assert [mutant.file for mutant in one] == [file for file in files for _ in range(3)]
