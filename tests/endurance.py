"""Random kills of runs, and odd input: nothing may be lost, differ, hang or be a traceback.

    python -m tests.endurance --kills 100 --inputs 10000

prints `kills N, lost 0, different 0, tracebacks 0, wrong accepts 0, hangs 0` and ends with status 1 where one is not 0.
What went wrong is printed above, with the number that repeats it (--seed).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path

from nasreid.data.people.synthesize import synthesize


@dataclass
class Counts:
    """What happened so far. lost: a restart that failed, or began before a step that an earlier one had reached."""

    kills: int = 0
    lost: int = 0
    different: int = 0
    tracebacks: int = 0
    wrong_accepts: int = 0
    hangs: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{field.name.replace('_', ' ')} {getattr(self, field.name)}" for field in fields(self))

    def note(self, what: str, why: str) -> None:
        """Count something that must not happen, and say what it was."""
        setattr(self, what, getattr(self, what) + 1)
        print(f"{what}: {why}", flush=True)

    def clean(self) -> bool:
        """Whether nothing happened that must not."""
        return all(getattr(self, field.name) == 0 for field in fields(self) if field.name != "kills")


def main(arguments: list[str]) -> int:
    from tests import fuzz, kills

    parser = argparse.ArgumentParser(prog="make endurance", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    counts, since = Counts(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        people = root / "people"
        synthesize(people, identities=10, test_identities=4, cameras=2, shots=3, height=32, width=16, seed=3)
        fuzz.run(root, people, given.inputs, given.seed, counts)
        print(f"{given.inputs} inputs in {time.monotonic() - since:.0f} s: {counts}", flush=True)
        if given.kills:
            kills.run(root, people, given.kills, given.seed, counts)
    print(f"kills and inputs took {time.monotonic() - since:.0f} s")
    print(counts)
    return 0 if counts.clean() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
