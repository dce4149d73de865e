"""The command line: one line on stderr and status 2 for what a user can put right."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from nasreid.cli import devices
from nasreid.cli.commands import COMMANDS, FORMER
from nasreid.errors import NasreidError, nearest
from nasreid.experiments.console import status_of


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (0 well, 1 a check found something, 2 bad input, 128 + a signal)."""
    return status_of(lambda: _printed(list(sys.argv[1:] if argv is None else argv)), argparse.ArgumentError,
                     UnicodeEncodeError)


def _printed(argv: list[str]) -> int:
    status = _run(argv)
    sys.stdout.flush()  # a full disk behind it is a fault, too
    return status


def _run(argv: list[str]) -> int:
    from nasreid.cli.parser import overview, typed

    of_data = argv in (["data"], ["data", "--help"], ["data", "-h"])
    if not argv or argv[0] in ("-h", "--help", "help") or of_data:
        print(overview("data-" if of_data else ""), end="")
        return 0
    if argv[0] == "--version":
        from nasreid import __version__

        print(f"nasreid {__version__}")
        return 0
    name, rest = _command(argv)
    asked = typed(name, rest)
    return 0 if asked is None else devices.run(asked, name, argv)


def _command(argv: list[str]) -> tuple[str, list[str]]:
    """(name of the command, what follows it); `data check` is the command data-check."""
    name, rest = (f"data-{argv[1]}", argv[2:]) if argv[0] == "data" else (argv[0], argv[1:])
    for (command, flag), now in FORMER.items():
        if name == command and flag in [token.partition("=")[0] for token in rest]:
            raise NasreidError(f"{command} {flag} has another name now: expected {now}")
    if name not in COMMANDS:
        shown = [one.replace("data-", "data ") for one in COMMANDS]
        raise NasreidError(f"command {name.replace('data-', 'data ')!r}{nearest(name.replace('data-', 'data '), shown)}"
                           f": expected one of {', '.join(shown)}")
    return name, rest
