"""How much memory a piece of work takes for a while, in a process that has had more before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nasreid.training.pages import give_back

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def grown(work: Callable[[], object]) -> float:
    """Bytes that the process had at most while it worked, beyond what it had before; NaN where Linux does not tell."""
    try:
        give_back()  # what is free already would not count
        RESET.write_text("5")  # the peak begins anew (proc(5), clear_refs)
        before = _bytes("VmRSS")
    except (OSError, KeyError):
        work()
        return float("nan")
    work()
    return max(0.0, _bytes("VmHWM") - before)


def _bytes(name: str) -> float:
    rows = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines())
    return 1024 * float(rows[name].split()[0])
