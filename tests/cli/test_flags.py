"""What can be typed, kept as data, is what the commands take."""

import subprocess
import sys

import pytest

from nasreid.cli import flags
from nasreid.cli.commands import COMMANDS, command
from nasreid.configuration import known


def test_the_file_is_up_to_date():
    assert flags.FILE.read_text(encoding="utf-8") == flags.made(), "python -m nasreid.cli.flags makes it anew"


def test_every_command_has_its_options_in_order():
    assert list(flags.typable()) == list(COMMANDS)
    for name, about in flags.typable().items():
        assert [flag.name for flag in about.flags] == list(known(command(name)))
        assert about.summary


@pytest.mark.parametrize("typed", [["search", "--help"], ["search", "--dat", "x"], ["completion", "bash"],
                                   ["search", "--config", "demoo"], ["search", "--data", "people"], ["draw"]])
def test_help_and_misspelt_names_are_answered_without_torch(typed):
    code = (f"import sys\nfrom nasreid.cli import main\ntry:\n    main({typed!r})\nexcept SystemExit:\n    pass\n"
            "assert not {'torch', 'nni', 'pandas', 'scipy'} & set(sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
