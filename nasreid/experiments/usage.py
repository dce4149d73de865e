"""What the stages of a job have taken: seconds that add up over their attempts, and the most memory of any.

A process notes itself when it ends, so that it needs no parent; one that is killed cannot, and its parent does. Where
both were killed, nobody knows how long it was there: the seconds of that stage are unknown then, and stay so.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nasreid.errors import NasreidError
from nasreid.files import Document, read_json, write_text

FILE = "usage.json"
MIB = 2**20 if sys.platform == "darwin" else 2**10  # in units of ru_maxrss


@dataclass(frozen=True)
class Usage:
    """The file usage.json in a job's folder: {stage: {seconds, peak_mib}}, and begun (clock time) of an open attempt.

    place: the folder, in which one worker is at a time.
    """

    place: Path

    def of(self, stage: str) -> tuple[float | None, float | None]:
        """(seconds of all attempts, MiB of the largest), None where that is not known."""
        found = self._read().get(stage, {})
        return None if "begun" in found else found.get("seconds"), found.get("peak_mib")

    def begin(self, stage: str) -> None:
        """An attempt begins now."""
        before = self._read().get(stage, {"seconds": 0.0, "peak_mib": None})
        seconds = None if "begun" in before else before["seconds"]  # the end of the one before was seen by nobody
        self._write(stage, {**before, "seconds": seconds, "begun": time.time()})

    def end(self, stage: str, peak: float | None) -> None:
        """The open attempt ends now, if there still is one; peak: its memory in MiB, None where the system hides it."""
        found = self._read().get(stage, {})
        if "begun" not in found:
            return
        before, lasted = found["seconds"], max(0.0, time.time() - found["begun"])  # a clock may be set back
        known = [one for one in (found["peak_mib"], peak) if one is not None]
        self._write(stage, {"seconds": None if before is None else round(before + lasted, 1),
                            "peak_mib": round(max(known), 1) if known else None})

    @contextmanager
    def noted(self, stage: str) -> Iterator[None]:
        """The open attempt is what this process does inside; its end is noted however it comes, but for a kill."""
        try:
            yield
        except BaseException:
            with suppress(NasreidError):  # the fault itself is what there is to say
                self.end(stage, _peak())
            raise
        self.end(stage, _peak())

    def _read(self) -> Document:
        return read_json(self.place / FILE, "record") if (self.place / FILE).is_file() else {}

    def _write(self, stage: str, found: Document) -> None:
        write_text(self.place / FILE, json.dumps({**self._read(), stage: found}, indent=2) + "\n")


def _peak() -> float | None:
    """Memory of this process and of its children at most, MiB."""
    try:
        import resource
    except ImportError:  # not on this system
        return None
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / MIB
