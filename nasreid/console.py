"""What we print, whatever the console can show: a name in another script is no reason for a command to end."""

from __future__ import annotations

import io
import os
import sys


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
