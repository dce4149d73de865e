"""What a process of ours says and how it ends: any character on any console, one line and a status for any fault."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable

from nasreid.errors import Interrupted, NasreidError, in_one_line
from nasreid.signals import raised


def status_of(work: Callable[[], int], *faults: type[Exception]) -> int:
    """The exit status of `work`: its own, 2 after one line for what a user can put right, 128 + a signal, 1 where
    nobody reads on. faults: what else is such a line.
    """
    say_anything()
    try:
        with raised():
            return work()
    except Interrupted as error:
        print(f"nasreid: {in_one_line(error)}", file=sys.stderr)
        return 128 + error.number
    except KeyboardInterrupt:
        print("nasreid: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        drop_unprinted()
        return 1
    except (NasreidError, OSError, *faults) as error:
        drop_unprinted()
        print(f"nasreid: {in_one_line(error)}", file=sys.stderr)
        return 2


def say_anything() -> None:
    """Characters that the console's encoding lacks are printed as \\xe9, on stdout and stderr of this process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def drop_unprinted() -> None:
    """What stdout does not take is dropped: Python would try again when it ends, and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
