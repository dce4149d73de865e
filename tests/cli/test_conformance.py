"""nasreid conformance: a line for each law, and the status says whether all are kept."""

from pathlib import Path

from nasreid.cli.main import main

PARTS = Path(__file__).parents[1] / "experiments/laws"


def test_a_good_part_keeps_all(capsys):
    name = f"{PARTS / 'broken_relaxations.py'}:Good"
    assert main(["conformance", name, "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{name} keeps {len(lines) - 1} of {len(lines) - 1} laws"
    assert all(line.startswith("kept    ") for line in lines[:-1])


def test_a_broken_one_is_told_on_what(capsys):
    assert main(["conformance", f"{PARTS / 'broken_spaces.py'}:Good", "--args.second", "9", "--quiet"]) == 1
    out = capsys.readouterr().out
    assert ("BROKEN  All candidates of a decision make the same shapes of the same inputs. On: choice 'stage.two': of "
            "inputs of shape (4, 8, 8, 4) candidate 'plain' makes (4, 8, 8, 4) and candidate 'wide' (4, 9, 8, 4); "
            "expected one shape") in out


def test_what_cannot_be_found_is_one_line(capsys):
    assert main(["conformance", f"{PARTS / 'broken_spaces.py'}:Goad"]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.count("\n") == 1
    assert "did you mean 'Good'" in seen.err or "Good" in seen.err
